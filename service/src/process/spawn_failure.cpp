#include "spawn_failure.hpp"

#include "program_file.hpp"
#include "spawn.hpp"
#include "spawn_lookup.hpp"
#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>

#include <fcntl.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace tug::service {

namespace {

using file_kind = program_file::kind;

proto::errc program_errc(int err) noexcept {
    switch (err) {
    case ENOENT:
    case ENOTDIR: return proto::errc::exec_not_found;
    case EACCES:
    case EPERM: return proto::errc::permission_denied;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM: return proto::errc::busy;
    default: return proto::errc::exec_failed;
    }
}

proto::failure failure_with(int err, std::string_view why) {
    proto::failure f(program_errc(err));
    f.os_error = os::errno_name(err);
    f.message.append(why).append(" (").append(f.os_error).append(")");
    return f;
}

const std::string& name_of_program(const spawn_request& request) noexcept {
    return request.program ? *request.program : request.argv.front();
}

int directory_of(const spawn_request& request) noexcept {
    return request.cwd_fd >= 0 ? request.cwd_fd : AT_FDCWD;
}

/// The first of the files that argv[0] may stand for which is there; empty where none is.
std::string found(const spawn_request& request) {
    for (auto& file : candidates_of(request))
        if (look_at_program(directory_of(request), file).what != file_kind::missing) return std::move(file);
    return {};
}

std::string not_found(const spawn_request& request) {
    const auto file = found(request);
    if (const auto missing = missing_interpreter(directory_of(request), file); !missing.empty()) {
        auto text = os::quoted_start(file) + " needs the interpreter " + os::quoted_start(missing) +
                    ", which is not on the host";
        if (missing.ends_with('\r'))
            return text + ": the file has DOS line ends; take the \\r off the end of each line, e.g. by dos2unix";
        return text + ": install it, or correct what the file names";
    }
    const auto& name = name_of_program(request);
    if (name.empty()) return "the name of the program is empty";
    if (name.find('/') != std::string::npos) return "there is no program " + os::quoted_start(name);
    if (request.search_in)
        return "there is no program " + os::quoted_start(name) +
               " in the PATH of tugd, of which only absolute entries count here";
    return "there is no program " + os::quoted_start(name) + " in the PATH of the command";
}

/// Whom the command runs as may see less than the daemon does, and is told no more than what may be the matter.
std::string denied(const spawn_request& request) {
    const auto file = found(request);
    const auto it = look_at_program(directory_of(request), file);
    const auto name = os::quoted_start(file.empty() ? name_of_program(request) : file);
    if (request.run_as)
        return "the user that commands run as may not execute " + name +
               ": it needs the execute permission, on a file system without noexec, and a way to it";
    if (it.what == file_kind::directory) return name + " is a directory, not a program";
    if (it.what == file_kind::special) return name + " is no regular file, and so no program";
    if (!it.may_execute)
        return name + " has no execute permission: give it one, as by chmod +x or a put with mode 0755";
    if (it.noexec) return name + " is on a file system that is mounted noexec: put it on another one";
    if (it.what == file_kind::script)
        return name + " or its interpreter " + os::quoted_start(it.interpreter) +
               " may not be executed by the user of tugd";
    return "the user of tugd may not execute " + name + ", or not enter a directory above it";
}

std::string no_program(const spawn_request& request) {
    const auto file = found(request);
    switch (look_at_program(directory_of(request), file).what) {
    case file_kind::empty: return os::quoted_start(file) + " is empty";
    case file_kind::foreign: return os::quoted_start(file) + " is a program for another kind of machine";
    case file_kind::other:
        return os::quoted_start(file) +
               " is no program and has no #! on its first line: add one such as #!/bin/sh, or name " +
               "the program that runs it first";
    default: return os::quoted_start(file) + " is damaged, or in a format that the kernel does not know";
    }
}

std::string too_large(const spawn_request& request) {
    constexpr std::size_t longest_item = 131'072; // the kernel's MAX_ARG_STRLEN, with the NUL
    std::size_t all = 0;
    std::size_t longest = 0;
    const auto count = [&](std::string_view item) {
        all += item.size() + 1 + sizeof(char*);
        longest = std::max(longest, item.size());
    };
    std::ranges::for_each(request.argv, count);
    std::ranges::for_each(request.env.all(), count);
    constexpr rlim_t least = 131'072;
    constexpr rlim_t most = rlim_t{6} * 1024 * 1024;
    rlimit stack{};
    ::getrlimit(RLIMIT_STACK, &stack);
    const auto whole = std::clamp(stack.rlim_cur / 4, least, most);
    return "argv and env are too large for the kernel: " + std::to_string(all) + " bytes, of which it takes " +
           std::to_string(whole) + " (a quarter of the stack limit), and " + std::to_string(longest) +
           " in the longest item, of which it takes " + std::to_string(longest_item - 1) +
           "; send what is long on stdin or in a file";
}

std::string reason(int err, const spawn_request& request) {
    switch (err) {
    case ENOENT: return not_found(request);
    case ENOTDIR: return "what is above " + os::quoted_start(name_of_program(request)) + " is no directory";
    case EACCES: return denied(request);
    case EPERM:
        return "the kernel does not let " + os::quoted_start(name_of_program(request)) +
               " be executed: a security module?";
    case ENOEXEC: return no_program(request);
    case E2BIG: return too_large(request);
    case ELOOP: return "a loop of symlinks, or more than five scripts that are each the interpreter of the next";
    case ETXTBSY: return "the program is open for writing: start it once who writes it has closed it";
    case ENAMETOOLONG: return "the path of the program is too long: 4,095 bytes, 255 in a component";
    case EAGAIN: return "the user of the command has too many processes: raise its limit (ulimit -u)";
    case ENOMEM: return "the host has too little memory to start the program";
    case EMFILE:
    case ENFILE: return "the host has too many files open to start the program";
    case EIO: return "the program cannot be read: look at the disk of the host";
    default: return "cannot start the program";
    }
}

} // namespace

proto::failure setup_failure(int err) {
    switch (err) {
    case EMFILE:
    case ENFILE: return failure_with(err, "no descriptors are left to start a command: raise the limit (ulimit -n)");
    case EAGAIN: return failure_with(err, "no process can be made: a limit is reached (ulimit -u, pids of a cgroup)");
    case ENOMEM: return failure_with(err, "the host has too little memory to make a process");
    default: return failure_with(err, "cannot prepare the process of the command");
    }
}

proto::failure limits_failure(int err) {
    proto::failure why(proto::errc::unsupported,
                       "tugd may not give a command these limits: they are above its own (ulimit -H), or nice is below "
                       "its own and it is not root");
    why.os_error = os::errno_name(err);
    return why;
}

proto::failure program_failure(int err, const spawn_request& request) {
    return failure_with(err, reason(err, request));
}

} // namespace tug::service

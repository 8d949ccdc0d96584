#include "spawn.hpp"

#include "../os/errno.hpp"
#include "spawn_child.hpp"
#include "tag.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <string_view>

// The same function under a name that ThreadSanitizer does not intercept: its wrapper is made for fork-like uses and
// resets the state of the calling thread in the memory that here is shared.
// NOLINTNEXTLINE: the name is libc's
extern "C" int __clone(int (*fn)(void*), void* stack, int flags, void* arg, ...);

namespace tug::service {

namespace {

// Blocks every signal in this thread, also the two that libc keeps for itself (hence no pthread_sigmask): a handler
// must not run in the child, in the daemon's memory.
class all_signals_blocked {
public:
    all_signals_blocked() noexcept {
        const unsigned long all = ~0UL;
        ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old_, sizeof old_);
    }

    ~all_signals_blocked() { ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old_, nullptr, sizeof old_); }

    all_signals_blocked(const all_signals_blocked&) = delete;
    all_signals_blocked& operator=(const all_signals_blocked&) = delete;

private:
    unsigned long old_ = 0;
};

std::string_view path_of(const std::vector<std::string>& env) {
    constexpr std::string_view name = "PATH=";
    for (const std::string_view entry : env) {
        if (entry.starts_with(name)) return entry.substr(name.size());
    }
    return "/bin:/usr/bin";
}

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

proto::failure program_failure(int err) {
    proto::failure f(program_errc(err));
    f.os_error = errno_name(err);
    f.message = "cannot start the program: " + f.os_error;
    return f;
}

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
    std::vector<char*> pointers;
    pointers.reserve(strings.size() + 1);
    for (const auto& s : strings) pointers.push_back(const_cast<char*>(s.c_str())); // execve's type; it changes nothing
    pointers.push_back(nullptr);
    return pointers;
}

// All but the strings.
child_plan make_plan(const spawn_request& request, const low_fds::trio& sources) {
    child_plan plan;
    plan.cwd_fd = request.cwd_fd;
    std::copy(sources.begin(), sources.end(), std::begin(plan.sources));
    plan.first_unneeded = static_cast<unsigned>(*std::max_element(sources.begin(), sources.end())) + 1;
    plan.controlling_terminal = request.controlling_terminal;
    plan.open_files = request.open_files ? &*request.open_files : nullptr;
    plan.core_size = request.core_size ? &*request.core_size : nullptr;
    plan.tag = make_tag();
    if (request.run_as) {
        plan.run_as = &*request.run_as;
        plan.groups = request.run_as->groups.data();
        plan.group_count = request.run_as->groups.size();
    }
    return plan;
}

// Returns once the child executes its program or has failed: CLONE_VFORK. 0, or the errno of clone itself.
int clone_child(child_plan& plan, pid_t& pid, unique_fd& pidfd) {
    // Enough for a few small frames; no signal handler can ever run on it.
    alignas(64) std::byte stack[16 * 1024];
    constexpr int flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD;
    int pidfd_number = -1;
    const all_signals_blocked blocked;
    pid = __clone(&run_child, stack + sizeof stack, flags, &plan, &pidfd_number);
    if (pid < 0) return errno;
    pidfd.reset(pidfd_number); // close-on-exec by itself
    return 0;
}

} // namespace

std::vector<std::string> program_candidates(const std::string& name, const std::vector<std::string>& env) {
    if (name.empty()) return {};
    if (name.find('/') != std::string::npos) return {name};
    std::vector<std::string> candidates;
    for (std::string_view path = path_of(env);;) {
        const auto end = path.find(':');
        std::string file(path.substr(0, end));
        if (!file.empty()) file += '/'; // an empty entry is the cwd
        file += name;
        if (file.size() < PATH_MAX) candidates.push_back(std::move(file));
        if (end == std::string_view::npos) return candidates;
        path.remove_prefix(end + 1);
    }
}

proto::result<spawned> spawner::spawn(const spawn_request& request) {
    if (request.argv.empty()) return proto::failure::bad_field("argv", "must not be empty");
    unique_fd null;
    low_fds::trio fds{request.stdin_fd, request.stdout_fd, request.stderr_fd};
    if (std::any_of(fds.begin(), fds.end(), [](int fd) { return fd < 0; })) {
        null.reset(::open("/dev/null", O_RDWR | O_CLOEXEC));
        if (!null) return program_failure(errno);
        for (int& fd : fds) fd = fd < 0 ? null.get() : fd;
    }
    const auto sources = low_fds_.lend(fds);
    if (sources.error() != 0) return program_failure(sources.error());

    const auto files = program_candidates(request.argv.front(), request.env);
    const auto candidates = pointers_to(files);
    const auto argv = pointers_to(request.argv);
    const auto envp = pointers_to(request.env);
    child_plan plan = make_plan(request, sources.fds());
    plan.candidates = candidates.data();
    plan.argv = argv.data();
    plan.envp = envp.data();

    pid_t pid = 0;
    unique_fd pidfd;
    if (const int err = clone_child(plan, pid, pidfd); err != 0) return program_failure(err);
    spawned child(pid, std::move(pidfd), plan.tag); // reaps it where it failed
    if (plan.error == 0) return child;
    if (plan.at == child_plan::step::cwd) return file_failure(plan.error, "cannot enter the working directory");
    return program_failure(plan.error);
}

} // namespace tug::service

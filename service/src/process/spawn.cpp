#include "spawn.hpp"

#include "../os/errno.hpp"
#include "spawn_child.hpp"
#include "tag.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string_view>

namespace tug::service {

namespace {

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
    // execve's type; it changes nothing
    for (const auto& s : strings) pointers.push_back(const_cast<char*>(s.c_str()));
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

} // namespace

std::string_view path_of(const std::vector<std::string>& env) {
    constexpr std::string_view name = "PATH=";
    for (const std::string_view entry : env) {
        if (entry.starts_with(name)) return entry.substr(name.size());
    }
    return default_path;
}

std::vector<std::string> program_candidates(const std::string& name, std::string_view path) {
    if (name.empty()) return {};
    if (name.find('/') != std::string::npos) return {name};
    std::vector<std::string> candidates;
    for (;;) {
        const auto end = path.find(':');
        std::string file(path.substr(0, end));
        if (!file.empty()) file += '/'; // an empty entry is the cwd
        file += name;
        if (file.size() < PATH_MAX) candidates.push_back(std::move(file));
        if (end == std::string_view::npos) return candidates;
        path.remove_prefix(end + 1);
    }
}

spawner::spawner(std::size_t parallel, clone_call how)
    : how_(how), low_fds_(parallel), null_(::open("/dev/null", O_RDWR | O_CLOEXEC)) {}

proto::result<spawned> spawner::spawn(const spawn_request& request) {
    if (request.argv.empty()) return proto::failure::bad_field("argv", "must not be empty");
    low_fds::trio fds{request.stdin_fd, request.stdout_fd, request.stderr_fd};
    for (int& fd : fds) fd = fd < 0 ? null_.get() : fd;
    if (*std::min_element(fds.begin(), fds.end()) < 0) return program_failure(ENOENT); // a host without /dev/null
    const auto sources = low_fds_.lend(fds);
    if (sources.error() != 0) return program_failure(sources.error());

    const std::string_view path = request.search_path ? *request.search_path : path_of(request.env);
    const auto files = program_candidates(request.argv.front(), path);
    const auto candidates = pointers_to(files);
    const auto argv = pointers_to(request.argv);
    const auto envp = pointers_to(request.env);
    child_plan plan = make_plan(request, sources.fds());
    plan.candidates = candidates.data();
    plan.argv = argv.data();
    plan.envp = envp.data();

    auto made = clone_child(plan, request.cgroup_fd, starts_, request.given_up, how_);
    if (made.error != 0) return program_failure(made.error);
    spawned child(made.pid, std::move(made.pidfd), plan.tag, made.in_cgroup); // reaps it where it failed
    if (made.stuck)
        return proto::failure(proto::errc::exec_failed, "the program did not start in time: is its file system there?");
    if (plan.error == 0) return child;
    if (plan.at == child_plan::step::cwd) return file_failure(plan.error, "cannot enter the working directory");
    return program_failure(plan.error);
}

} // namespace tug::service

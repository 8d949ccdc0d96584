#include "endpoints/exec_start.hpp"

#include "os/errno.hpp"
#include "process/spawn.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tug::service {

namespace {

struct pipe_ends {
    unique_fd read;
    unique_fd write;
};

proto::result<pipe_ends> make_pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return file_failure(errno, "cannot make a pipe");
    return pipe_ends{unique_fd(fds[0]), unique_fd(fds[1])};
}

/// Adds what of the daemon's environment is passed on, and what the client gives.
void set_environment(spawn_request& request, const proto::exec_params& params) {
    const auto replaced = [&](std::string_view name) {
        return !params.env.empty() && params.env.contains(std::string(name));
    };
    for (char** at = params.clear_env ? nullptr : environ; at && *at; ++at) {
        const std::string_view entry(*at);
        const auto name = entry.substr(0, entry.find('='));
        if (!name.starts_with("TUG_") && !replaced(name)) request.inherited_env.push_back(*at);
    }
    for (const auto& [name, value] : params.env) request.env.push_back(name + "=" + value);
}

std::optional<rlimit> to_rlimit(const std::optional<file_limit>& l) {
    if (!l) return std::nullopt;
    return rlimit{l->soft, l->hard};
}

} // namespace

proto::result<started_command> start_command(context& shared, const proto::exec_params& params) {
    unique_fd cwd;
    if (params.cwd) {
        auto opened = shared.files.open_directory(*params.cwd);
        if (!opened) return opened.error();
        cwd = std::move(*opened);
    }
    pipe_ends input;
    if (params.with_stdin) {
        auto made = make_pipe();
        if (!made) return made.error();
        input = std::move(*made);
    }
    auto output = make_pipe();
    if (!output) return output.error();
    auto errors = make_pipe();
    if (!errors) return errors.error();

    spawn_request request;
    request.argv = params.shell ? std::vector<std::string>{"/bin/sh", "-c", *params.shell} : params.argv;
    set_environment(request, params);
    request.cwd_fd = cwd ? cwd.get() : shared.files.descriptor();
    request.stdin_fd = input.read.get();
    request.stdout_fd = output->write.get();
    request.stderr_fd = errors->write.get();
    request.open_files = to_rlimit(shared.settings.child_open_files);
    request.core_size = to_rlimit(shared.settings.child_core_size);
    auto group = shared.cgroups->lend(params.keep_children);
    if (group.get() != nullptr) request.cgroup_fd = group.get()->directory();
    auto process = shared.processes.spawn(request);
    if (!process) return process.error();
    return started_command{std::move(*process), std::move(group), std::move(input.write), std::move(output->read),
                           std::move(errors->read)};
}

} // namespace tug::service

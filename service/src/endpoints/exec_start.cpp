#include "endpoints/exec_start.hpp"

#include "endpoints/exec_environment.hpp"
#include "os/errno.hpp"
#include "process/spawn.hpp"
#include "server/callers_root.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::service {

namespace {

proto::result<pipe_ends> make_pipe() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return file_failure(errno, "cannot make a pipe");
    return pipe_ends{unique_fd(fds[0]), unique_fd(fds[1])};
}

/// A program may open its own output anew, by /dev/stdout: whatever user it runs as must own the pipe.
proto::result<pipe_ends> make_pipe_for(const std::optional<account>& owner) {
    auto made = make_pipe();
    if (made && owner && ::fchown(made->write.get(), owner->uid, owner->gid) != 0)
        return file_failure(errno, "cannot hand a pipe over");
    return made;
}

proto::result<unique_fd> open_cwd(const context& shared, const caller& who, const proto::exec_params& params) {
    return in_root_of(shared.files, who,
                      [&](const os::root& files) { return files.open_directory(params.cwd.value_or("/")); });
}

std::optional<rlimit> to_rlimit(const std::optional<file_limit>& l) {
    if (!l) return std::nullopt;
    return rlimit{l->soft, l->hard};
}

proto::result<command_channels> make_terminal(const context& shared, const proto::terminal_params& how) {
    auto made = open_terminal(how, shared.runs_as ? std::optional(shared.runs_as->uid) : std::nullopt);
    if (!made) return made.error();
    command_channels out;
    out.terminal = std::move(*made);
    return out;
}

proto::result<command_channels> make_channels(const context& shared, const proto::exec_params& params) {
    if (params.pty) return make_terminal(shared, *params.pty);
    command_channels out;
    const auto make = [&](pipe_ends& which) {
        auto made = make_pipe_for(shared.runs_as);
        if (made) which = std::move(*made);
        return made ? proto::result<void>() : made.error();
    };
    proto::result<void> made = make(out.output);
    if (made && params.with_stdin) made = make(out.input);
    if (made && !params.merge) made = make(out.errors);
    if (!made) return made.error();
    return out;
}

} // namespace

void command_channels::give_to(spawn_request& request) const {
    request.stdin_fd = terminal ? terminal->slave.get() : input.read.get();
    request.stdout_fd = terminal ? terminal->slave.get() : output.write.get();
    request.stderr_fd = terminal ? terminal->slave.get() : errors ? errors.write.get() : output.write.get();
    request.controlling_terminal = terminal.has_value();
}

proto::result<prepared_command> prepare_command(context& shared, const caller& who, const proto::exec_params& params) {
    auto cwd = open_cwd(shared, who, params);
    if (!cwd) return cwd.error();
    auto ends = make_channels(shared, params);
    if (!ends) return ends.error();

    prepared_command out;
    auto& request = out.request;
    request.argv = params.shell ? std::vector<std::string>{"/bin/sh", "-c", *params.shell} : params.argv;
    request.env = environment_of(params, who.rules.get(), shared.command_user(), shared.runs_as.has_value());
    request.search_in = search_in_of(who.rules.get(), shared.command_user().uid);
    request.outlives = params.keep_children;
    if (shared.runs_as) request.run_as = user{shared.runs_as->uid, shared.runs_as->gid, shared.runs_as->groups};
    request.cwd_fd = cwd->get();
    ends->give_to(request);
    request.open_files = to_rlimit(shared.settings.child_open_files);
    request.core_size = to_rlimit(shared.settings.child_core_size);
    out.cwd = std::move(*cwd);
    out.ends = std::move(*ends);
    return out;
}

proto::result<started_command> start_command(context& shared, const caller& who, const proto::exec_params& params,
                                             const std::function<bool()>& given_up) {
    if (given_up()) return proto::failure(proto::errc::cancelled, "the call ended before its turn came");
    auto ready = prepare_command(shared, who, params);
    if (!ready) return ready.error();
    auto& [request, cwd, ends] = *ready;
    request.given_up = given_up;
    auto group = shared.cgroups->lend(params.keep_children);
    if (group.get() != nullptr) request.cgroup_fd = group.get()->directory();
    auto process = shared.processes.spawn(request);
    if (!process) return process.error();
    return started_command{std::move(*process),
                           std::move(group),
                           std::move(ends.input.write),
                           std::move(ends.output.read),
                           std::move(ends.errors.read),
                           std::move(ends.terminal),
                           params.with_stdin};
}

} // namespace tug::service

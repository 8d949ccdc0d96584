#include "endpoints/exec_start.hpp"

#include "auth/command_rules.hpp"
#include "endpoints/exec_environment.hpp"
#include "endpoints/exec_limits.hpp"
#include "endpoints/exec_user.hpp"
#include "process/resource_limits.hpp"
#include "process/spawn.hpp"
#include "server/callers_root.hpp"
#include <tug/os/errno.hpp>

#include <tug/os/path_text.hpp>

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
    if (::pipe2(fds, O_CLOEXEC) != 0) return os::file_failure(errno, "cannot make a pipe");
    return pipe_ends{os::unique_fd(fds[0]), os::unique_fd(fds[1])};
}

/// A program may open its own output anew, by /dev/stdout: whatever user it runs as must own the pipe.
proto::result<pipe_ends> make_pipe_for(const acting_user& user) {
    auto made = make_pipe();
    if (made && user.another && ::fchown(made->write.get(), user.who.uid, user.who.gid) != 0)
        return os::file_failure(errno, "cannot hand a pipe over");
    return made;
}

/// A login begins in the home of its user, where that is to be had.
proto::result<os::unique_fd> open_cwd(const context& shared, const caller& who, const proto::exec_params& params,
                                      const acting_user& user) {
    return in_root_of(shared.files, who, [&](const os::root& files) -> proto::result<os::unique_fd> {
        if (params.login && !params.cwd)
            if (const auto home = home_below(files, user.who))
                if (auto opened = files.open_directory(*home)) return std::move(*opened);
        return files.open_directory(params.cwd.value_or("/"));
    });
}

std::optional<rlimit> to_rlimit(const std::optional<file_limit>& l) {
    if (!l) return std::nullopt;
    return rlimit{l->soft, l->hard};
}

proto::result<command_channels> make_terminal(const proto::terminal_params& how, const acting_user& user) {
    auto made = open_terminal(how, user.owner());
    if (!made) return made.error();
    command_channels out;
    out.terminal = std::move(*made);
    return out;
}

proto::result<command_channels> make_channels(const proto::exec_params& params, const acting_user& user) {
    if (params.pty) return make_terminal(*params.pty, user);
    command_channels out;
    const auto make = [&](pipe_ends& which) {
        auto made = make_pipe_for(user);
        if (made) which = std::move(*made);
        return made ? proto::result<void>() : made.error();
    };
    proto::result<void> made = make(out.output);
    if (made && params.with_stdin) made = make(out.input);
    if (made && !params.merge) made = make(out.errors);
    if (!made) return made.error();
    return out;
}

/// What is executed. The shell of a login is a file that the host names, so it is not looked up.
void name_program(spawn_request& request, const proto::exec_params& params, const acting_user& user) {
    if (params.login) {
        request.program = login_shell_of(user.who);
        request.argv = {login_name_of(*request.program)};
        if (params.shell)
            request.argv = {request.argv.front().substr(1), "-c", *params.shell}; // no login shell to itself
    } else if (params.shell) {
        request.argv = {"/bin/sh", "-c", *params.shell};
    } else {
        request.argv = params.argv;
    }
}

/// All but its descriptors and what it is held to.
spawn_request request_of(const context& shared, const caller& who, const proto::exec_params& params,
                         const acting_user& user) {
    spawn_request request;
    name_program(request, params, user);
    request.env = environment_of(params, who.rules.get(), user.who, user.another || params.login);
    request.search_in = search_in_of(who.rules.get(), user.who.uid);
    request.outlives = params.keep_children;
    if (user.another) request.run_as = service::user{user.who.uid, user.who.gid, user.who.groups};
    request.open_files = to_rlimit(shared.settings.child_open_files);
    request.core_size = to_rlimit(shared.settings.child_core_size);
    return request;
}

/// Nothing where the session is not to be recorded. One that is, and cannot be, does not begin.
proto::result<std::optional<new_recording>>
begin_recording(const context& shared, const caller& who, const proto::exec_params& params, const spawn_request& what) {
    const auto of_key = who.rules ? who.rules->record : recorded::nothing;
    const auto& of_server = shared.settings.recording;
    if (!shared.recorder && of_key != recorded::nothing)
        return proto::failure(proto::errc::unsupported, "the key " + os::quoted(who.key_id) +
                                                            " has `record` in its line, and tugd has no --record");
    if (!params.pty || !shared.recorder || (of_key == recorded::nothing && !of_server.all))
        return std::optional<new_recording>();
    const bool with_input = of_key == recorded::input || (of_server.all && of_server.with_input);
    const auto& subject = what.program ? *what.program : params.shell ? *params.shell : what.argv.front();
    auto begun = shared.recorder->begin(who.key_id, subject, *params.pty, with_input);
    if (!begun) return begun.error();
    return std::optional(std::move(*begun));
}

/// Where there is no shell to log in to, commands that need none may run all the same.
proto::failure start_failure(proto::failure why, const proto::exec_params& params) {
    if (params.login && why.code == proto::errc::exec_not_found)
        why.message += "; there is no login without a shell, but exec of a program (argv) needs none";
    return why;
}

} // namespace

void command_channels::give_to(spawn_request& request) const {
    request.stdin_fd = terminal ? terminal->slave.get() : input.read.get();
    request.stdout_fd = terminal ? terminal->slave.get() : output.write.get();
    request.stderr_fd = terminal ? terminal->slave.get() : errors ? errors.write.get() : output.write.get();
    request.controlling_terminal = terminal.has_value();
}

proto::result<allowed_command> allow_command(const context& shared, const caller& who,
                                             const proto::exec_params& params) {
    auto user = user_of(shared, who, params);
    if (!user) return user.error();
    if (params.login)
        if (auto refused = refuse_login_shell(who, login_shell_of(user->who))) return std::move(*refused);
    auto limits = limits_of(shared.settings.most_resources, who.rules.get(), params);
    if (!limits) return limits.error();
    auto cwd = open_cwd(shared, who, params, *user);
    if (!cwd) return cwd.error();
    return allowed_command{std::move(*user), *limits, std::move(*cwd)};
}

proto::result<prepared_command> prepare_command(context& shared, const caller& who, const proto::exec_params& params) {
    auto allowed = allow_command(shared, who, params);
    if (!allowed) return allowed.error();
    auto ends = make_channels(params, allowed->user);
    if (!ends) return ends.error();

    prepared_command out;
    out.request = request_of(shared, who, params, allowed->user);
    out.request.cwd_fd = allowed->cwd.get();
    ends->give_to(out.request);
    limit_each(out.request, allowed->limits);
    auto record = begin_recording(shared, who, params, out.request);
    if (!record) return record.error();
    out.cwd = std::move(allowed->cwd);
    out.ends = std::move(*ends);
    out.user = std::move(allowed->user);
    out.limits = allowed->limits;
    out.record = std::move(*record);
    return out;
}

proto::result<started_command> start_command(context& shared, const caller& who, const proto::exec_params& params,
                                             const std::function<bool()>& given_up) {
    if (given_up()) return proto::failure(proto::errc::cancelled, "the call ended before its turn came");
    auto ready = prepare_command(shared, who, params);
    if (!ready) return ready.error();
    auto& request = ready->request;
    request.given_up = given_up;
    auto group = shared.cgroups->lend(params.keep_children);
    if (group.get() != nullptr) request.cgroup_fd = group.get()->directory();
    auto process = spawn_within(shared.processes, request, group.get(), ready->limits);
    if (!process) {
        if (ready->record) shared.recorder->drop(ready->record->name);
        return start_failure(process.error(), params);
    }
    auto& ends = ready->ends;
    started_command out{std::move(*process), std::move(group), std::move(ends.input.write), std::move(ends.output.read),
                        std::move(ends.errors.read)};
    out.terminal = std::move(ends.terminal);
    if (ready->record) out.record = shared.recorder->write(std::move(*ready->record));
    out.types = params.with_stdin;
    out.cpu_ms = ready->limits.cpu_ms;
    out.held_by_cgroup =
        out.process.in_cgroup() && (params.user ? shared.cgroups->holds(&ready->user.who) : shared.cgroups_hold);
    return out;
}

} // namespace tug::service

#pragma once

#include "endpoints/exec_user.hpp"
#include "jobs/recordings.hpp"
#include "jobs/started_command.hpp"
#include "process/spawn.hpp"
#include "process/terminal_ends.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <functional>
#include <optional>

namespace tug::service {

struct pipe_ends {
    os::unique_fd read;
    os::unique_fd write;

    explicit operator bool() const noexcept { return static_cast<bool>(read); }
};

/// What a command has as 0, 1 and 2, and our ends of that: pipes, or a terminal.
struct command_channels {
    pipe_ends input;
    pipe_ends output;
    pipe_ends errors;
    std::optional<terminal_ends> terminal = std::nullopt;

    void give_to(spawn_request& request) const;
};

/// A command that can be started, here or by a holder: what is not known without this server is in it.
struct prepared_command {
    spawn_request request; ///< It names descriptors of the others.
    os::unique_fd cwd;
    command_channels ends;
    acting_user user;
    proto::resource_limits limits;       ///< Those that each process has are in `request` already.
    std::optional<new_recording> record; ///< Nothing where the session is not to be recorded.
};

/// What the rules of a key let a command have.
struct allowed_command {
    acting_user user;
    proto::resource_limits limits;
    os::unique_fd cwd;
};

/// Whether it may be started, as far as that can be said without it: its user, its limits, its cwd. refuse_command()
/// comes before. On a pool thread.
[[nodiscard]] proto::result<allowed_command> allow_command(const context& shared, const caller& who,
                                                           const proto::exec_params& params);

/// Opens the cwd, makes the pipes or the terminal. On a pool thread.
[[nodiscard]] proto::result<prepared_command> prepare_command(context& shared, const caller& who,
                                                              const proto::exec_params& params);

/// Opens the cwd, makes the pipes or the terminal, takes a cgroup and starts the program. On a pool thread. `given_up`
/// is asked first and last, since a call that is over starts nothing, and on other threads while the program takes long
/// to start.
[[nodiscard]] proto::result<started_command> start_command(context& shared, const caller& who,
                                                           const proto::exec_params& params,
                                                           const std::function<bool()>& given_up);

} // namespace tug::service

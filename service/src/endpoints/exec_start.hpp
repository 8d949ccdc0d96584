#pragma once

#include "jobs/started_command.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <functional>

namespace tug::service {

/// Opens the cwd, makes the pipes or the terminal, takes a cgroup and starts the program. On a pool thread. `given_up` is asked first
/// and last, since a call that is over starts nothing, and on other threads while the program takes long to start.
[[nodiscard]] proto::result<started_command> start_command(context& shared, const caller& who,
                                                           const proto::exec_params& params,
                                                           const std::function<bool()>& given_up);

} // namespace tug::service

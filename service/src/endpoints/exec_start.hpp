#pragma once

#include "os/unique_fd.hpp"
#include "process/cgroup_home.hpp"
#include "process/spawned.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <functional>

namespace tug::service {

/// A started command and our ends of its pipes; no `in` without stdin, no `err` where stderr goes where stdout goes.
struct started_command {
    spawned process;
    cgroup_home::loan group;
    unique_fd in;
    unique_fd out;
    unique_fd err;
};

/// Opens the cwd, makes the pipes, takes a cgroup and starts the program. On a pool thread. `given_up` is asked first
/// and last, since a call that is over starts nothing, and on other threads while the program takes long to start.
[[nodiscard]] proto::result<started_command> start_command(context& shared, const caller& who,
                                                           const proto::exec_params& params,
                                                           const std::function<bool()>& given_up);

} // namespace tug::service

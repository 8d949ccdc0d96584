#pragma once

#include "process/cgroup.hpp"
#include "process/spawn.hpp"
#include "tug/service/keys.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

namespace tug::service {

/// What a command may have: what its params ask for, within what the server and the key (null: none) allow; and what
/// those allow where it asks for nothing. invalid_params where it asks for more.
[[nodiscard]] proto::result<proto::resource_limits> limits_of(const proto::resource_limits& of_server,
                                                              const key_rules* rules, const proto::exec_params& params);

/// Has the kernel hold the processes to the limits that each of them has: processor time, open files, size of files.
void limit_each(spawn_request& request, const proto::resource_limits& to);

/// Has the cgroup of the command (null: none) hold all of its processes together to theirs: memory and number.
/// unsupported where it cannot.
[[nodiscard]] proto::result<void> limit_together(const cgroup* group, const proto::resource_limits& to);

} // namespace tug::service

#pragma once

#include "process/cgroup.hpp"
#include "process/spawn.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

namespace tug::service {

/// Has the kernel hold the processes to the limits that each of them has: processor time, open files, size of files.
void limit_each(spawn_request& request, const proto::resource_limits& to);

/// Starts the command, held by `group` (null: it has none) to the limits that all of its processes have together:
/// memory and number. unsupported where it cannot be. As spawner::spawn() otherwise.
[[nodiscard]] proto::result<spawned> spawn_within(spawner& processes, const spawn_request& request, const cgroup* group,
                                                  const proto::resource_limits& to);

} // namespace tug::service

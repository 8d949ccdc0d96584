#pragma once

#include "tug/proto/error.hpp"

namespace tug::service {

struct spawn_request;

/// The failure of what comes before execve, by its errno: making the process and what it is to have.
[[nodiscard]] proto::failure setup_failure(int err);

/// The failure to set the limits that were asked for.
[[nodiscard]] proto::failure limits_failure(int err);

/// The failure of execve: its message names the cause and what to do about it. Looks at the program, so it may block.
[[nodiscard]] proto::failure program_failure(int err, const spawn_request& request);

} // namespace tug::service

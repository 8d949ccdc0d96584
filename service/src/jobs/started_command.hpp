#pragma once

#include "os/unique_fd.hpp"
#include "process/cgroup_home.hpp"
#include "process/spawned.hpp"
#include "process/terminal_ends.hpp"

#include <optional>

namespace tug::service {

/// A started command and our ends of its pipes; no `in` without stdin, no `err` where stderr goes where stdout goes.
/// Where there is a terminal, that is in the place of all three.
struct started_command {
    spawned process;
    cgroup_home::loan group;
    unique_fd in;
    unique_fd out;
    unique_fd err;
    std::optional<terminal_ends> terminal = std::nullopt;
    bool types = false; ///< The terminal has a stdin: what the client sends is typed.
};

} // namespace tug::service

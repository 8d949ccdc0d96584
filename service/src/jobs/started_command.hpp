#pragma once

#include "jobs/recording.hpp"
#include "process/cgroup_home.hpp"
#include "process/spawned.hpp"
#include "process/terminal_ends.hpp"
#include <tug/os/unique_fd.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace tug::service {

/// A started command and our ends of its pipes; no `in` without stdin, no `err` where stderr goes where stdout goes.
/// Where there is a terminal, that is in the place of all three.
struct started_command {
    spawned process;
    cgroup_home::loan group;
    os::unique_fd in;
    os::unique_fd out;
    os::unique_fd err;
    std::optional<terminal_ends> terminal = std::nullopt;
    bool types = false;                                 ///< The terminal has a stdin: what the client sends is typed.
    std::shared_ptr<recording> record = nullptr;        ///< Of the terminal; null where it is not recorded.
    std::optional<std::uint64_t> cpu_ms = std::nullopt; ///< Its limit.
    bool held_by_cgroup = false;                        ///< No process of it can leave its cgroup.
};

} // namespace tug::service

#pragma once

#include "os/unique_fd.hpp"
#include "process/cgroup_home.hpp"
#include "process/spawned.hpp"

namespace tug::service {

/// A started command and our ends of its pipes; no `in` without stdin, no `err` where stderr goes where stdout goes.
struct started_command {
    spawned process;
    cgroup_home::loan group;
    unique_fd in;
    unique_fd out;
    unique_fd err;
};

} // namespace tug::service

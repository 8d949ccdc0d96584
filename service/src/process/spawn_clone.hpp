#pragma once

#include "starts.hpp"
#include <tug/os/unique_fd.hpp>

#include <sys/types.h>

#include <functional>

namespace tug::service {

struct child_plan;

/// How children are made; anything but automatic is for tests.
enum class clone_call {
    automatic, ///< clone3 where the kernel has it and seccomp lets it pass, else clone.
    clone,
    copying, ///< clone, and without close_range: each child gets a copy of all descriptors.
};

/// What became of clone_child().
struct cloned {
    int error = 0; ///< 0, or the errno of clone itself; nothing runs then.
    pid_t pid = 0;
    os::unique_fd pidfd;
    bool in_cgroup = false; ///< The child was in the cgroup before its first instruction.
    bool stuck = false;     ///< It was ended since it took too long; its program did not run.
};

/// Makes the child that `plan` describes and returns once it executes its program or has failed (CLONE_VFORK): the plan
/// then says which. It is made in `cgroup`, an open directory of cgroup v2, unless that is -1 or cannot be done.
/// While this waits the child is among `all`. Thread safe.
[[nodiscard]] cloned clone_child(child_plan& plan, int cgroup, starts& all, const std::function<bool()>& given_up,
                                 clone_call how = clone_call::automatic);

} // namespace tug::service

#pragma once

#include "ignored_signals.hpp"

#include <sys/resource.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace tug::service {

struct user;
struct process_limit;
struct scheduling;

/// All that a child does between clone and execve, prepared before, since it may not allocate there. It runs in the
/// memory of the daemon (CLONE_VM) while the thread that made it waits, so what it writes to `at` and `error`
/// is read by the parent afterwards. Plain pointers: not even an accessor of a container is called in the child.
struct child_plan {
    /// Where a child is; what `error` belongs to.
    enum class step { setup, limits, cwd, exec };

    const char* const* candidates = nullptr; ///< ends with nullptr, as do the two below
    char* const* argv = nullptr;
    char* const* envp = nullptr;
    int cwd_fd = -1;
    int sources[3] = {-1, -1, -1}; ///< what becomes 0, 1 and 2; each 3 or higher
    unsigned first_unneeded = 0;   ///< one past the highest of them
    bool own_table = false;        ///< The child has a whole copy of the daemon's descriptors, and no close_range.
    bool controlling_terminal = false;
    const rlimit* open_files = nullptr; ///< nullptr: as it is
    const rlimit* core_size = nullptr;
    const process_limit* limits = nullptr;
    std::size_t limit_count = 0;
    const scheduling* slice = nullptr;
    const int* nice = nullptr;
    std::uint64_t tag = 0;
    const user* run_as = nullptr;
    const gid_t* groups = nullptr; ///< of run_as
    std::size_t group_count = 0;
    signal_bits ignored = 0;  ///< By the daemon.
    signal_bits to_reset = 0; ///< What is not at its default in the child.
    int cgroup_procs = -1;    ///< of a cgroup that the child has to move itself into; -1: none

    pid_t* pid = nullptr; ///< where it writes its own
    step at = step::setup;
    int error = 0; ///< errno of the step that failed; 0 once execve has succeeded
};

/// The body of the child, for clone(2). `plan` is a child_plan. Returns only by _exit; calls nothing but system calls:
/// other threads of the daemon may hold any lock at this moment.
int run_child(void* plan);

} // namespace tug::service

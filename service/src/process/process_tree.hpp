#pragma once

#include "proc_file.hpp"

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <vector>

namespace tug::service {

class cgroup;

// What belongs to a call, and how it is ended. To a call belong its root, every process whose session or group is the
// root's, every process with the call's tag or in its cgroup, and every descendant of those. No other process is ever
// signalled: not the children that an embedding application has, nor the orphans that a container's PID 1 is given, nor
// what a call with keep_children left behind.
//
// Limits without a cgroup: a process that takes off the tag, leaves the session and loses its parent belongs to no
// call, and so is, for the test that any_left begins with, a child that the root makes with CLONE_PARENT. With one,
// only what is privileged enough to move into another cgroup gets out, and is then found as without.
//
// All functions block for milliseconds (they read /proc): they belong on a pool thread. Thread safe, also for one call.

/// Names the processes of one call. The root must not have been reaped: its pid stands for its session. Without a root
/// and with tag_family() they are those of all calls of a daemon that has ended.
struct call_processes {
    pid_t root = 0;                             ///< 0: none
    std::uint64_t tag = 0;                      ///< 0: none
    const cgroup* group = nullptr;              ///< that it was started in; nullptr: none
    std::uint64_t tag_bits = ~std::uint64_t{0}; ///< those of a tag that count
};

/// All processes of the call, zombies too. Nothing where /proc cannot be read (EMFILE).
[[nodiscard]] std::optional<std::vector<proc_stat>> members(const call_processes& call);

/// True while a process of the call runs, or where that cannot be found out. Once the root has exited, one small file
/// tells in nearly all cases. Reaps the call's orphans that have ended.
[[nodiscard]] bool any_left(const call_processes& call);

/// Sends each running process of the call these signals, one after the other; returns how many got one.
std::size_t signal_all(const call_processes& call, std::initializer_list<int> signals);

/// The running ones. Nothing where that cannot be found out. Reaps the call's orphans that have ended.
[[nodiscard]] std::optional<std::vector<proc_stat>> running_members(const call_processes& call);

/// How many processes of the call run. Nothing where that cannot be found out.
[[nodiscard]] std::optional<std::size_t> count_left(const call_processes& call);

/// What kill_all takes the time from; only tests have another than the clock.
using time_source = std::function<std::chrono::steady_clock::time_point()>;

/// Stops all, then kills, again and again until no process of the call is left: true. False where some still are when
/// the budget is used up (they hang in the kernel; where they do not, they have 2 s more) or none of them may be
/// signalled (they run as another user). Whatever it returns or throws, a process that it stopped has got SIGKILL.
/// Reaps the call's orphans, never the root.
bool kill_all(const call_processes& call, std::chrono::milliseconds budget = std::chrono::seconds(3),
              const time_source& now = &std::chrono::steady_clock::now);

} // namespace tug::service

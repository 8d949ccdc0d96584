#pragma once

#include "proc_file.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace tug::service {

/// A look at processes. It is no snapshot: one that forks and exits again and again is always a step ahead, and its
/// successor may be missing in a list in which it still stood. But then it is found to have ended, and that is noted.
struct process_table {
    struct entry {
        proc_stat stat;
        std::uint64_t tag = 0; ///< See tag.hpp.
    };

    std::vector<entry> processes; ///< Zombies too.
    bool settled = true;          ///< Nothing that was listed had ended by the time it was asked.
};

// A look costs some 10 µs for each process, and where a client with many commands leaves, many calls look at the same
// moment. So a look is shared by all that asked for one before it began, and each gets one that began after it asked.
// Both block while they read /proc, and are null where it cannot be read (EMFILE). Thread safe.

/// All processes but this one. It goes by ascending numbers and misses a process that is made meanwhile with a number
/// below (they wrap around).
[[nodiscard]] std::shared_ptr<const process_table> all_processes();

/// What was handed to this process by parents that died. The kernel hands orphans to the main thread, while roots are
/// children of the pool thread that made them; so once a root has ended, all that is left of its call is one of these
/// or below one. Null also where that does not hold, or the kernel has no such file.
[[nodiscard]] std::shared_ptr<const process_table> adopted_processes();

/// To be held by those who reap an orphan: meanwhile there is no look at the adopted. So one that ends during a look
/// stays a zombie, of which the look can still tell whose it was, and the end of one call never unsettles the look for
/// another. Thread safe.
[[nodiscard]] std::unique_lock<std::mutex> hold_adopted();

} // namespace tug::service

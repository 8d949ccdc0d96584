#pragma once

#include <tug/os/unique_fd.hpp>

#include "tug/proto/error.hpp"

namespace tug::service {

// Orphans of a call (children whose parent died) must come to the daemon, not to the PID 1 of the host: so they can
// be found, and reaped. The kernel hands them to the main thread of a "child subreaper", as it does for PID 1.

/// Makes this process the subreaper of its descendants. Once, from main.
[[nodiscard]] proto::result<void> become_subreaper();

/// Tells whether this process has orphans, without a look at any of them. Made once, early; it must be asked in the
/// process that made it. Thread safe.
class orphan_list {
public:
    orphan_list();

    /// True where this process is a subreaper (or PID 1) and nothing has been handed to its main thread that it has not
    /// reaped: then a call whose root has ended has no process left, since the kernel hands the children of a process
    /// over before another process can see that it has ended. False where that is not so or cannot be known.
    /// One system call that reads what the kernel has in memory, at most a page: it may be asked on an I/O thread.
    [[nodiscard]] bool empty() const noexcept;

private:
    os::unique_fd children_; ///< the list of the main thread's children; none where the kernel has no such file
};

/// Reaps the orphans that have ended; does not block. To be called on the main thread after SIGCHLD (and once after
/// the handler was set up). It takes whatever child of the main thread has ended, and of no other thread:
/// the roots of calls are children of pool threads and are not touched. For that
/// - the main thread must not start processes, neither of a call nor with system() or popen(), and
/// - a thread that starts roots must live until they are reaped, or they pass to the main thread.
/// An application that embeds the server and has children of its own leaves this out: the orphans of a call that is
/// being ended are reaped by kill_all and any_left as well; what only this finds are those of keep_children.
/// On any other thread it does nothing.
void reap_orphans() noexcept;

} // namespace tug::service

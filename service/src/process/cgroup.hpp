#pragma once

#include <tug/os/unique_fd.hpp>

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

/// Whether an open directory is one of cgroup v2.
[[nodiscard]] bool is_cgroup2(int fd);

/// A directory of cgroup v2 that holds the processes of one command: whatever they do, what they start is in it, too.
/// Controllers of it, where its parent has enabled any, limit and count. Movable, not thread safe; kill() and procs()
/// may block for a moment, the others do not.
class cgroup {
public:
    /// Opens a directory of cgroup v2. Nothing where it cannot be used.
    [[nodiscard]] static std::optional<cgroup> open(int parent, const std::string& name);

    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    /// For spawn_request::cgroup_fd.
    [[nodiscard]] int directory() const noexcept { return directory_.get(); }

    /// True where no process in it or below runs; zombies do not count. One system call that reads what the kernel has
    /// in memory: it may be asked on an I/O thread.
    [[nodiscard]] bool empty() const noexcept;

    /// Waits until it is empty, at most so long. On a thread that may block.
    bool await_empty(std::chrono::milliseconds most) const noexcept;

    /// Kills everything in it and below, what forks meanwhile as well. Does not wait for it to end.
    void kill() const noexcept;

    /// True after kill(). Linux (up to 6.18 at least) kills at once what is cloned into such a cgroup later: it takes
    /// the count of kills that a child has seen from the cgroup of its parent. So it must not be used for another
    /// command.
    [[nodiscard]] bool was_killed() const noexcept { return killed_; }

    /// Writes a file of a controller, e.g. "memory.max". False where there is no such controller.
    [[nodiscard]] bool set(const char* file, std::string_view value) const noexcept;

    /// The number that a file of a controller holds, or that stands behind `key` in its lines (`key N` or `key=N`; of
    /// several all together). Nothing where there is no such file. It may be asked on an I/O thread.
    [[nodiscard]] std::optional<std::uint64_t> number(const char* file, std::string_view key = {}) const;

    /// Whether it counts what its processes use, as it was found when it was opened, or has been limited since. Then it
    /// must not be used for another command.
    [[nodiscard]] bool counts() const noexcept { return counts_; }

    /// The pids in it and below, zombies not. Nothing where they cannot be read.
    [[nodiscard]] std::optional<std::vector<pid_t>> procs() const;

private:
    cgroup(std::string name, os::unique_fd directory, os::unique_fd events);

    [[nodiscard]] bool has_counters() const noexcept;

    std::string name_;
    os::unique_fd directory_;
    os::unique_fd events_; ///< cgroup.events
    mutable bool killed_ = false;
    mutable bool counts_ = false;
};

} // namespace tug::service

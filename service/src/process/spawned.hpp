#pragma once

#include <tug/os/unique_fd.hpp>

#include <sys/types.h>

#include <cstdint>

namespace tug::service {

/// A process that was started and not yet reaped, so that its pid is its own. Move-only, not thread safe.
/// Unless it was reaped or abandoned, the destructor kills its process group and reaps it.
class spawned {
public:
    spawned() = default;

    /// `pidfd` refers to `pid`, a child of this process that leads its own session.
    spawned(pid_t pid, os::unique_fd pidfd, std::uint64_t tag, bool in_cgroup = false) noexcept
        : pid_(pid), tag_(tag), pidfd_(std::move(pidfd)), in_cgroup_(in_cgroup) {}

    spawned(spawned&& other) noexcept
        : pid_(std::exchange(other.pid_, 0)),
          tag_(other.tag_),
          pidfd_(std::move(other.pidfd_)),
          in_cgroup_(other.in_cgroup_) {}

    spawned& operator=(spawned&& other) noexcept;
    spawned(const spawned&) = delete;
    spawned& operator=(const spawned&) = delete;

    ~spawned() { kill_and_reap(); }

    /// 0 where there is none.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// What the descendants have in common, see tag.hpp; 0 where there is none.
    [[nodiscard]] std::uint64_t tag() const noexcept { return tag_; }

    /// True where it, and so all that it starts, is in the cgroup that was asked for.
    [[nodiscard]] bool in_cgroup() const noexcept { return in_cgroup_; }

    /// Gives the pidfd away, e.g. to an Asio descriptor. The pid stays owned.
    [[nodiscard]] os::unique_fd take_pidfd() noexcept { return std::move(pidfd_); }

    /// Gives the pid back to the system; waits for the root's end where it has not come yet.
    void reap() noexcept;

    /// reap() where the root has ended; else false, and nothing is changed.
    bool reap_if_ended() noexcept;

    /// Leaves the process alone for good: what cannot be killed must not be waited for.
    void abandon() noexcept;

    /// Kills the process group and waits for the root's end. Does nothing where there is no process.
    void kill_and_reap() noexcept;

private:
    pid_t pid_ = 0;
    std::uint64_t tag_ = 0;
    os::unique_fd pidfd_;
    bool in_cgroup_ = false;
};

} // namespace tug::service

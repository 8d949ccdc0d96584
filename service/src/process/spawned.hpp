#pragma once

#include "../os/unique_fd.hpp"

#include <sys/types.h>

#include <cstdint>

namespace tug::service {

/// A process that was started and not yet reaped, so that its pid is its own. Move-only, not thread safe.
/// Unless release() was called, the destructor kills its process group and reaps it.
class spawned {
public:
    spawned() = default;

    /// `pidfd` refers to `pid`, a child of this process that leads its own session.
    spawned(pid_t pid, unique_fd pidfd, std::uint64_t tag) noexcept : pid_(pid), tag_(tag), pidfd_(std::move(pidfd)) {}

    spawned(spawned&& other) noexcept
        : pid_(std::exchange(other.pid_, 0)), tag_(other.tag_), pidfd_(std::move(other.pidfd_)) {}

    spawned& operator=(spawned&& other) noexcept;
    spawned(const spawned&) = delete;
    spawned& operator=(const spawned&) = delete;

    ~spawned() { kill_and_reap(); }

    /// 0 where there is none.
    [[nodiscard]] pid_t pid() const noexcept { return pid_; }

    /// What the descendants have in common, see tag.hpp; 0 where there is none.
    [[nodiscard]] std::uint64_t tag() const noexcept { return tag_; }

    [[nodiscard]] int pidfd() const noexcept { return pidfd_.get(); }

    /// Gives the pidfd away, e.g. to an Asio descriptor. The pid stays owned.
    [[nodiscard]] unique_fd take_pidfd() noexcept { return std::move(pidfd_); }

    /// Gives the pid up: somebody else reaps, or did.
    void release() noexcept { pid_ = 0; }

    /// Kills the process group and waits for the root's end. Does nothing where there is no process.
    void kill_and_reap() noexcept;

private:
    pid_t pid_ = 0;
    std::uint64_t tag_ = 0;
    unique_fd pidfd_;
};

} // namespace tug::service

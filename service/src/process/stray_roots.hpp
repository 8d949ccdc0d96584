#pragma once

#include "spawned.hpp"

#include <memory>
#include <mutex>
#include <vector>

namespace tug::service {

/// Roots that could not be killed, since the kernel holds them (a disk that does not answer, a frozen cgroup). Their
/// calls are over; they still count as running commands, and are zombies from when the kernel lets go until the next
/// command. Thread safe.
class stray_roots {
public:
    stray_roots() = default;
    stray_roots(const stray_roots&) = delete;
    stray_roots& operator=(const stray_roots&) = delete;
    ~stray_roots();

    /// `place` is released when the root was reaped.
    void add(spawned root, std::shared_ptr<void> place);

    /// Reaps those that have ended. Cheap where there are none; to be called now and then.
    void reap() noexcept;

private:
    struct stray {
        spawned root;
        std::shared_ptr<void> place;
    };

    std::mutex mutex_;
    std::vector<stray> all_; // guarded by mutex_
};

} // namespace tug::service

#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>

namespace tug::service {

/// Whether the process can still get a margin of memory. While it cannot, new connections and requests are refused as
/// busy, so that what runs has what is left.
///
/// Looking costs two system calls, which many calls of small files feel. So a call with streams looks only where memory
/// can be refused at all: under a limit of the process (RLIMIT_AS, RLIMIT_DATA) or on a host that does not overcommit
/// (vm.overcommit_memory 2). tick() finds out whether it is so, and looks in any case; each new connection looks. Small
/// requests read what was seen last.
///
/// Thread safe.
class memory_probe {
public:
    /// In bytes. What is in flight may still take it.
    static constexpr std::size_t margin = 16 * 1024 * 1024;

    using clock = std::chrono::steady_clock;

    memory_probe() noexcept { tick(clock::now()); }

    /// Looks. True where memory is short.
    bool look() noexcept;

    /// The same, where memory can be refused.
    bool look_where_limited() noexcept { return limited_.load(std::memory_order_relaxed) ? look() : is_short(); }

    /// Finds out whether memory can be refused, and looks, unless a thread did so a moment ago. Each thread that serves
    /// calls it a few times a second while it has connections. `now` is the present time.
    void tick(clock::time_point now) noexcept;

    [[nodiscard]] bool is_short() const noexcept { return short_.load(std::memory_order_relaxed); }

private:
    std::atomic<bool> short_ = false;
    std::atomic<bool> limited_ = true;
    std::atomic<clock::rep> next_tick_ = 0; ///< Time since the clock's epoch.
};

} // namespace tug::service

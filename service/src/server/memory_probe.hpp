#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tug::service {

/// Whether the process can still get a margin of memory (a limit of the process, or a host that does not overcommit,
/// may refuse it). While it cannot, new connections and requests are refused as busy, so that what runs has what is
/// left. Looking costs two system calls: what takes more than that looks (connections, calls with streams), as does a
/// clock, a few times a second; small requests read what was seen last. Memory that was there is there for the next
/// millisecond: what begins in that time takes far less than the margin.
///
/// Thread safe.
class memory_probe {
public:
    /// In bytes. What is in flight may still take it.
    static constexpr std::size_t margin = 16 * 1024 * 1024;

    /// True where memory is short.
    bool look() noexcept;

    [[nodiscard]] bool is_short() const noexcept { return short_.load(std::memory_order_relaxed); }

private:
    static constexpr std::int64_t holds_ns = 1'000'000;

    std::atomic<bool> short_ = false;
    std::atomic<std::int64_t> looked_ = 0; ///< When, by net::steady_now().
};

} // namespace tug::service

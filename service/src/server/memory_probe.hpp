#pragma once

#include <atomic>
#include <cstddef>

namespace tug::service {

/// Whether the process can still get a margin of memory (a limit of the process, or a host that does not overcommit,
/// may refuse it). While it cannot, new connections and requests are refused as busy, so that what runs has what is
/// left. Looking costs two system calls: what takes more than that looks (connections, calls with streams), as does a
/// clock, a few times a second; small requests read what was seen last.
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
    std::atomic<bool> short_ = false;
};

} // namespace tug::service

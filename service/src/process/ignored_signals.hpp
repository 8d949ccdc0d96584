#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tug::service {

/// A set of signals; that of signal n is the bit n - 1.
using signal_bits = std::uint64_t;

/// All that there are but SIGKILL and SIGSTOP, whose dispositions nothing changes.
[[nodiscard]] signal_bits all_signals() noexcept;

/// What this process ignores, and so what a child of it ignores still once it has executed its program (execve(2)).
/// Thread safe.
class ignored_signals {
public:
    using clock = std::chrono::steady_clock;

    /// Not older than `most_age`, for to find out takes a system call for each signal. `now` is the present time.
    [[nodiscard]] signal_bits at(clock::time_point now) noexcept;

    static constexpr auto most_age = std::chrono::seconds(1);

private:
    std::atomic<signal_bits> set_ = 0;
    std::atomic<clock::rep> looked_ = 0; ///< Time since the clock's epoch; 0: never.
};

} // namespace tug::service

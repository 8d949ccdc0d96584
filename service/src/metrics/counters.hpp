#pragma once

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tug::service {

/// A count that one thread raises and any thread reads: no bus lock on the way of a call.
class own_count {
public:
    void add(std::uint64_t n = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_ = 0;
};

/// The upper bounds of the histogram of how long calls take, in seconds. There is one bucket more, without a bound.
inline constexpr std::array call_seconds{0.001, 0.005, 0.025, 0.1, 0.5, 2.5, 10.0, 60.0, 600.0};

/// What became of the calls of one method on one I/O thread.
class method_counters {
public:
    /// Kinds of failure that are told apart; the wire has fewer.
    static constexpr std::size_t most_failures = 48;

    /// `success` for a result.
    void answered(proto::errc outcome) noexcept;

    void took(std::chrono::nanoseconds time) noexcept;

    void carried(std::uint64_t bytes_received, std::uint64_t bytes_sent) noexcept {
        received_.add(bytes_received);
        sent_.add(bytes_sent);
    }

    /// Calls `f(errc, count)` for each outcome that there was.
    template <class Function>
    void for_each_outcome(Function f) const {
        if (ok_.value() > 0) f(proto::errc::success, ok_.value());
        for (const auto& one : failures_)
            if (const auto code = one.code.load(std::memory_order_acquire); code != proto::errc::success)
                f(code, one.count.value());
    }

    [[nodiscard]] std::uint64_t bucket(std::size_t i) const noexcept { return buckets_[i].value(); }

    [[nodiscard]] double seconds() const noexcept { return static_cast<double>(nanoseconds_.value()) * 1e-9; }

    [[nodiscard]] std::uint64_t received() const noexcept { return received_.value(); }

    [[nodiscard]] std::uint64_t sent() const noexcept { return sent_.value(); }

private:
    struct failed {
        std::atomic<proto::errc> code = proto::errc::success; ///< `success` where the place is free.
        own_count count;
    };

    own_count ok_;
    std::array<failed, most_failures> failures_;
    std::array<own_count, call_seconds.size() + 1> buckets_;
    own_count nanoseconds_;
    own_count received_;
    own_count sent_;
};

/// The counters of one I/O thread, one for each row of the table of methods, and one for what it has not.
using thread_counters = std::vector<method_counters>;

/// How many reasons a command can end for.
inline constexpr auto exec_reasons = static_cast<std::size_t>(proto::exec_reason::cpu_limit) + 1;

/// What a call waits for before it begins.
enum class queue {
    order,  ///< The calls that it is to begin after.
    starts, ///< A thread that starts its command.
};

inline constexpr std::size_t queues = static_cast<std::size_t>(queue::starts) + 1;

/// How long calls have waited in one queue. Thread safe.
class wait_counters {
public:
    void waited(std::chrono::nanoseconds time) noexcept;

    [[nodiscard]] std::uint64_t bucket(std::size_t i) const noexcept { return buckets_[i].load(); }

    [[nodiscard]] double seconds() const noexcept { return static_cast<double>(nanoseconds_.load()) * 1e-9; }

private:
    std::array<std::atomic<std::uint64_t>, call_seconds.size() + 1> buckets_{};
    std::atomic<std::uint64_t> nanoseconds_ = 0;
};

/// What is counted where it is rare, by any thread. Thread safe.
struct server_counters {
    std::array<wait_counters, queues> waits;

    [[nodiscard]] wait_counters& wait_of(queue which) noexcept { return waits[static_cast<std::size_t>(which)]; }

    std::atomic<std::uint64_t> accepted = 0;
    std::atomic<std::uint64_t> refused_full = 0;   ///< Connections over the limit.
    std::atomic<std::uint64_t> refused_source = 0; ///< Of a source whose logins have failed.
    std::atomic<std::uint64_t> refused_memory = 0; ///< Since memory was short.
    std::atomic<std::uint64_t> logins = 0;
    std::atomic<std::uint64_t> failed_logins = 0;
    std::array<std::atomic<std::uint64_t>, exec_reasons> commands{}; ///< Ended, by exec_reason.
};

} // namespace tug::service

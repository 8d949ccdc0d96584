#include "metrics/counters.hpp"

#include <algorithm>

namespace tug::service {

namespace {

/// Which bucket of call_seconds a time falls into.
std::size_t bucket_of(std::chrono::nanoseconds time) noexcept {
    const double seconds = std::chrono::duration<double>(time).count();
    return static_cast<std::size_t>(std::ranges::lower_bound(call_seconds, seconds) - call_seconds.begin());
}

} // namespace

void method_counters::answered(proto::errc outcome) noexcept {
    if (outcome == proto::errc::success) return ok_.add();
    for (auto& one : failures_) {
        const auto code = one.code.load(std::memory_order_relaxed);
        if (code != outcome && code != proto::errc::success) continue;
        one.count.add();
        // A reader that sees the code sees the count, too.
        if (code != outcome) one.code.store(outcome, std::memory_order_release);
        return;
    }
}

void method_counters::took(std::chrono::nanoseconds time) noexcept {
    buckets_[bucket_of(time)].add();
    nanoseconds_.add(static_cast<std::uint64_t>(time.count()));
}

void wait_counters::waited(std::chrono::nanoseconds time) noexcept {
    ++buckets_[bucket_of(time)];
    nanoseconds_ += static_cast<std::uint64_t>(time.count());
}

} // namespace tug::service

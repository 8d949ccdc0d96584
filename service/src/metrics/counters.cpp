#include "metrics/counters.hpp"

#include <algorithm>

namespace tug::service {

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
    const double seconds = std::chrono::duration<double>(time).count();
    const auto* const at = std::ranges::lower_bound(call_seconds, seconds);
    buckets_[static_cast<std::size_t>(at - call_seconds.begin())].add();
    nanoseconds_.add(static_cast<std::uint64_t>(time.count()));
}

} // namespace tug::service

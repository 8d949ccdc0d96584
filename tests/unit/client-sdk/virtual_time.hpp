#pragma once

#include "pool_plan.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <queue>
#include <random>
#include <utility>

namespace tug::detail {

/// What happens when, in a simulation: no time passes, and chance comes from a seed, so that each run is the same.
class virtual_time {
public:
    using time = pool_plan::time;
    using duration = std::chrono::nanoseconds;

    explicit virtual_time(std::uint64_t seed) : dice_(seed) {}

    [[nodiscard]] time now() const noexcept { return now_; }

    [[nodiscard]] std::mt19937_64& dice() noexcept { return dice_; }

    void at(duration when, std::function<void()> what) {
        events_.push({time(std::chrono::duration_cast<time::duration>(when)), count_++, std::move(what)});
    }

    void in(duration delay, std::function<void()> what) { at(now_.time_since_epoch() + delay, std::move(what)); }

    /// Distributed exponentially.
    [[nodiscard]] duration random_time(double mean_seconds) {
        return duration(static_cast<std::int64_t>(std::exponential_distribution<>(1 / mean_seconds)(dice_) * 1e9));
    }

    void run_until(duration end) {
        while (!events_.empty() && events_.top().when <= time(end)) {
            const auto next = events_.top();
            events_.pop();
            now_ = next.when;
            next.what();
        }
    }

private:
    struct event {
        time when;
        std::uint64_t number; ///< Those of one time go in their order.
        std::function<void()> what;

        bool operator<(const event& other) const {
            return when != other.when ? when > other.when : number > other.number;
        }
    };

    std::mt19937_64 dice_;
    std::priority_queue<event> events_;
    std::uint64_t count_ = 0;
    time now_;
};

} // namespace tug::detail

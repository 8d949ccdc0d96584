#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace tug::detail {

/// A token bucket: how long to wait so that no more than so many bytes pass in a second, but for a short burst. Time is
/// an input.
class rate_limit {
public:
    using clock = std::chrono::steady_clock;

    /// Without a rate nothing has to wait.
    explicit rate_limit(std::optional<std::uint64_t> bytes_per_second) : rate_(bytes_per_second) {}

    /// Something may have to wait.
    [[nodiscard]] bool has_rate() const noexcept { return rate_.has_value(); }

    /// `bytes` pass now. How long to wait before the next do.
    [[nodiscard]] clock::duration pass(std::uint64_t bytes, clock::time_point now) {
        if (!rate_) return {};
        const auto takes = std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(*rate_));
        free_at_ = std::max(free_at_, now - burst) + std::chrono::duration_cast<clock::duration>(takes);
        return std::max(free_at_ - now, clock::duration::zero());
    }

    /// What to let pass at once at most, of `most` bytes: a tenth of a second's worth, so that no wait is long.
    [[nodiscard]] std::size_t piece(std::size_t most) const {
        if (!rate_) return most;
        return static_cast<std::size_t>(std::clamp<std::uint64_t>(*rate_ / 10, 1, most));
    }

private:
    static constexpr clock::duration burst = std::chrono::milliseconds(100);

    std::optional<std::uint64_t> rate_;
    clock::time_point free_at_{}; ///< When all that has passed would have passed at the rate.
};

} // namespace tug::detail

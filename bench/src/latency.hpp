#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace tug::bench {

/// Latencies in nanoseconds, kept as counts in buckets that are never wider than 1/64 of their value: recording costs a
/// few instructions and no memory, however many there are. Thread safety: none.
class latencies {
public:
    void record(std::uint64_t ns, std::uint64_t times = 1) noexcept {
        counts_[index_of(ns)] += times;
        total_ += times;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return total_; }

    /// The value in ns that this part of all latencies does not exceed, 0 < part <= 1; 0 where none was recorded.
    [[nodiscard]] std::uint64_t quantile(double part) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(part * static_cast<double>(total_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            seen += counts_[i];
            if (counts_[i] > 0 && seen >= std::max<std::uint64_t>(wanted, 1)) return value_of(i);
        }
        return 0;
    }

private:
    static constexpr unsigned bits = 6; // of precision
    static constexpr std::size_t per_power = std::size_t{1} << bits;

    [[nodiscard]] static std::size_t index_of(std::uint64_t ns) noexcept {
        if (ns < per_power) return static_cast<std::size_t>(ns);
        const auto shift = static_cast<unsigned>(std::bit_width(ns)) - bits - 1;
        return (shift + 1) * per_power + static_cast<std::size_t>((ns >> shift) - per_power);
    }

    /// The lower end of the bucket.
    [[nodiscard]] static std::uint64_t value_of(std::size_t index) noexcept {
        if (index < per_power) return index;
        const auto shift = index / per_power - 1;
        return (per_power + index % per_power) << shift;
    }

    std::array<std::uint64_t, (65 - bits) * per_power> counts_{};
    std::uint64_t total_ = 0;
};

} // namespace tug::bench

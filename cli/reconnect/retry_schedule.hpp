#pragma once

#include <chrono>
#include <optional>

namespace tug::cli {

/// When to try again what a lost connection has interrupted: after pauses that double, each cut by chance, so that many
/// clients of one server do not come back together. Time and chance are inputs.
class retry_schedule {
public:
    static constexpr std::chrono::milliseconds first_pause{1'000};
    static constexpr std::chrono::milliseconds longest_pause{30'000};
    /// A connection that was held for so long gives all tries back.
    static constexpr std::chrono::seconds steady{30};

    explicit retry_schedule(unsigned most) : most_(most) {}

    /// The pause before the next try, between half and all of its length; nothing when all are used up. `held`: how
    /// long the last connection was there. `chance`: from 0 to 1.
    [[nodiscard]] std::optional<std::chrono::milliseconds> next(std::chrono::steady_clock::duration held,
                                                                double chance);

    /// Those that next() has given since it began, or began anew.
    [[nodiscard]] unsigned tries() const noexcept { return tries_; }

    [[nodiscard]] unsigned most() const noexcept { return most_; }

private:
    unsigned most_;
    unsigned tries_ = 0;
};

} // namespace tug::cli

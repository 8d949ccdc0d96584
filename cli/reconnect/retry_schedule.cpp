#include "retry_schedule.hpp"

#include <algorithm>
#include <cstdint>

namespace tug::cli {

std::optional<std::chrono::milliseconds> retry_schedule::next(std::chrono::steady_clock::duration held, double chance) {
    if (held >= steady) tries_ = 0;
    if (tries_ >= most_) return std::nullopt;
    constexpr unsigned doublings = 16; // far beyond the longest
    const auto whole = std::min(first_pause * (std::int64_t{1} << std::min(tries_, doublings)), longest_pause);
    ++tries_;
    const auto ms = static_cast<double>(whole.count()) * (0.5 + std::clamp(chance, 0.0, 1.0) / 2);
    return std::chrono::milliseconds(static_cast<std::int64_t>(ms));
}

} // namespace tug::cli

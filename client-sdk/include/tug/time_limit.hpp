#pragma once

#include <algorithm>
#include <chrono>

namespace tug {

/// The longest time limit: 24 h, the most that tugd takes. The setters cut longer ones to it, and make 1 ms of those
/// that are shorter.
inline constexpr std::chrono::milliseconds longest_time_limit = std::chrono::hours(24);

namespace detail {

/// Unchecked, milliseconds::max() would overflow where it is added to the time of day, and be over at once.
[[nodiscard]] constexpr std::chrono::milliseconds within_limits(std::chrono::milliseconds limit) {
    return std::clamp(limit, std::chrono::milliseconds(1), longest_time_limit);
}

} // namespace detail

} // namespace tug

#pragma once

#include <cstdint>
#include <ctime>

namespace tug::os {

/// A time as `mtime_ns` has it: nanoseconds since the epoch. Exact for all that 64 bits hold, 1677 to 2262; other times
/// become the nearest of these.
[[nodiscard]] std::int64_t to_nanoseconds(const timespec& time) noexcept;

/// The other way, exact for each number; tv_nsec is 0 to 999,999,999, also before 1970.
[[nodiscard]] timespec to_timespec(std::int64_t nanoseconds) noexcept;

} // namespace tug::os

#include <tug/os/file_time.hpp>

#include <limits>

namespace tug::os {

namespace {

constexpr std::int64_t billion = 1'000'000'000;

} // namespace

std::int64_t to_nanoseconds(const timespec& time) noexcept {
    using limits = std::numeric_limits<std::int64_t>;
    // Towards 0 first: the second that holds the smallest number begins before it.
    const bool negative = time.tv_sec < 0;
    const std::int64_t seconds = time.tv_sec + (negative ? 1 : 0);
    const std::int64_t rest = time.tv_nsec - (negative ? billion : 0);
    std::int64_t out = 0;
    if (__builtin_mul_overflow(seconds, billion, &out) || __builtin_add_overflow(out, rest, &out))
        return negative ? limits::min() : limits::max();
    return out;
}

timespec to_timespec(std::int64_t nanoseconds) noexcept {
    auto seconds = nanoseconds / billion;
    auto rest = nanoseconds % billion;
    if (rest < 0) { // before 1970
        rest += billion;
        --seconds;
    }
    return {.tv_sec = seconds, .tv_nsec = rest};
}

} // namespace tug::os

#include "tag.hpp"

#include "proc_file.hpp"

#include <sys/random.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>

namespace tug::service {

namespace {

constexpr std::uint64_t largest_tag = std::uint64_t{1} << 62;

// 2^50 µs are 35 years of real-time CPU: no command feels such a limit, and no operator sets one on purpose.
constexpr std::uint64_t smallest_tag = std::uint64_t{1} << 50;

// In the family of a tag.
constexpr std::uint32_t outlives_bit = 1;

std::uint64_t tag_from(std::uint64_t soft, std::uint64_t hard) {
    return soft == hard && hard >= smallest_tag && hard < largest_tag ? hard : 0;
}

// A line of /proc/PID/limits: "Max realtime timeout      SOFT      HARD      us", or "unlimited" for a number.
std::optional<std::uint64_t> tag_from_limits_file(pid_t pid) {
    std::string text;
    if (read_proc_file("/proc/" + std::to_string(pid) + "/limits", text) != 0) return std::nullopt;
    constexpr std::string_view name = "Max realtime timeout";
    const auto at = text.find(name);
    if (at == std::string::npos) return std::nullopt;
    std::uint64_t values[2] = {0, 0};
    const char* p = text.data() + at + name.size();
    const char* const end = text.data() + text.size();
    for (auto& value : values) {
        while (p != end && *p == ' ') ++p;
        const auto parsed = std::from_chars(p, end, value);
        if (parsed.ec != std::errc()) return 0;
        p = parsed.ptr;
    }
    return tag_from(values[0], values[1]);
}

} // namespace

std::uint64_t tag_family() {
    static const std::uint64_t family = [] {
        std::uint32_t drawn = 0;
        if (::getrandom(&drawn, sizeof drawn, 0) != static_cast<ssize_t>(sizeof drawn)) drawn = 0;
        return std::uint64_t{drawn & ~outlives_bit};
    }();
    return family;
}

std::uint64_t make_tag(bool outlives) {
    // Counted, since the bits that are left are too few for chance. None of the numbers is used again while it matters:
    // they are 2^18 in the worst case.
    static std::atomic<std::uint64_t> made = 0;
    rlimit own{};
    if (::getrlimit(RLIMIT_RTTIME, &own) != 0 || tag_family() == 0) return 0;
    const std::uint64_t bound = own.rlim_max < largest_tag ? own.rlim_max : largest_tag;
    if (bound < 2 * smallest_tag) return 0;
    constexpr std::uint64_t step = tag_family_bits + 1;
    const std::uint64_t lowest = bound / 2 / step + 1;
    const std::uint64_t count = bound / step - lowest;
    return (lowest + made++ % count) * step + (tag_family() | (outlives ? outlives_bit : 0));
}

std::optional<std::uint64_t> tag_of(pid_t pid) {
    rlimit limit{};
    if (::prlimit(pid, RLIMIT_RTTIME, nullptr, &limit) == 0) return tag_from(limit.rlim_cur, limit.rlim_max);
    if (errno == ESRCH) return std::nullopt;
    return tag_from_limits_file(pid); // EPERM: a process of another user; the file is open to all
}

} // namespace tug::service

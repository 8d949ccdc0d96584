#include "tug/proto/signal_names.hpp"

#include <array>
#include <charconv>
#include <cstddef>
#include <utility>

namespace tug::proto {

namespace {

// By number, from 1. libc's own list (sigabbrev_np) says POLL for what bash and procps call IO.
constexpr std::array<std::string_view, 31> names{"HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",  "FPE",
                                                 "KILL", "USR1",   "SEGV", "USR2",  "PIPE", "ALRM", "TERM", "STKFLT",
                                                 "CHLD", "CONT",   "STOP", "TSTP",  "TTIN", "TTOU", "URG",  "XCPU",
                                                 "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};

constexpr std::pair<std::string_view, std::string_view> synonyms[] = {
    {"POLL", "IO"}, {"CLD", "CHLD"}, {"IOT", "ABRT"}, {"UNUSED", "SYS"}};

// Where applications' real-time signals begin and end. The kernel's begin at 32, but libc keeps the first two.
constexpr int rt_min = 34;
constexpr int rt_max = 64;

// "", "+3" or "-2" after RTMIN or RTMAX. `sign` is the one that leads into the range.
std::optional<int> offset(std::string_view text, char sign) {
    if (text.empty()) return 0;
    if (text.front() != sign) return std::nullopt;
    text.remove_prefix(1);
    int value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (text.front() < '1' || text.front() > '9' || value > rt_max - rt_min) return std::nullopt;
    return value;
}

} // namespace

std::string signal_name(int signal) {
    // Where the real-time signals are counted from the other end is what kill -l of bash does, too.
    constexpr int from_below = 15;
    if (signal == rt_min) return "RTMIN";
    if (signal == rt_max) return "RTMAX";
    if (signal > rt_min && signal <= rt_min + from_below) return "RTMIN+" + std::to_string(signal - rt_min);
    if (signal > rt_min && signal < rt_max) return "RTMAX-" + std::to_string(rt_max - signal);
    const auto index = static_cast<std::size_t>(signal) - 1; // 0 and below are beyond it
    return index < names.size() ? std::string(names[index]) : std::to_string(signal);
}

std::optional<int> signal_number(std::string_view name) {
    if (name.starts_with("RTMIN")) {
        const auto n = offset(name.substr(5), '+');
        return n ? std::optional(rt_min + *n) : std::nullopt;
    }
    if (name.starts_with("RTMAX")) {
        const auto n = offset(name.substr(5), '-');
        return n ? std::optional(rt_max - *n) : std::nullopt;
    }
    for (const auto& [synonym, usual] : synonyms)
        if (name == synonym) name = usual;
    for (int signal = 1; signal < rt_min; ++signal)
        if (name == signal_name(signal)) return signal;
    return std::nullopt;
}

} // namespace tug::proto

#include "signal_names.hpp"

#include <charconv>
#include <csignal>
#include <cstring>

namespace tug::service {

namespace {

// "", "+3" or "-2" after RTMIN or RTMAX. `sign` is the one that leads into the range.
std::optional<int> offset(std::string_view text, char sign) {
    if (text.empty()) return 0;
    if (text.front() != sign) return std::nullopt;
    text.remove_prefix(1);
    int value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
    if (text.front() < '1' || text.front() > '9' || value > SIGRTMAX - SIGRTMIN) return std::nullopt;
    return value;
}

} // namespace

std::string signal_name(int signal) {
    // Where the real-time signals are counted from the other end is what kill -l of bash does, too.
    constexpr int from_below = 15;
    if (signal == SIGRTMIN) return "RTMIN";
    if (signal == SIGRTMAX) return "RTMAX";
    if (signal > SIGRTMIN && signal <= SIGRTMIN + from_below) return "RTMIN+" + std::to_string(signal - SIGRTMIN);
    if (signal > SIGRTMIN && signal < SIGRTMAX) return "RTMAX-" + std::to_string(SIGRTMAX - signal);
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? std::string(name) : std::to_string(signal);
}

std::optional<int> signal_number(std::string_view name) {
    if (name.starts_with("RTMIN")) {
        const auto n = offset(name.substr(5), '+');
        return n ? std::optional(SIGRTMIN + *n) : std::nullopt;
    }
    if (name.starts_with("RTMAX")) {
        const auto n = offset(name.substr(5), '-');
        return n ? std::optional(SIGRTMAX - *n) : std::nullopt;
    }
    if (name == "IO") return SIGIO; // libc has it as POLL
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        const char* known = ::sigabbrev_np(signal);
        if (known != nullptr && name == known) return signal;
    }
    return std::nullopt;
}

} // namespace tug::service

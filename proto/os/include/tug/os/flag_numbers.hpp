#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace tug::os {

// The numbers of a command line, for programs whose parser takes more than decimal ones: "nan", "inf", "0x10", "010"
// for 8, " 5", and what is too large as the largest. Each returns nothing and leaves `text` without leading zeros, or
// what is wrong with it.

/// A whole number.
[[nodiscard]] inline std::string take_whole_number(std::string& text, std::uint64_t lowest, std::uint64_t highest) {
    std::uint64_t value = 0;
    const auto* const end = text.data() + text.size();
    const auto [at, ec] = std::from_chars(text.data(), end, value); // takes neither a sign nor a blank
    if (ec == std::errc() && at == end && value >= lowest && value <= highest) {
        text = std::to_string(value);
        return {};
    }
    return "'" + text + "' is no whole number from " + std::to_string(lowest) + " to " + std::to_string(highest);
}

/// A number of seconds, also with a decimal point.
[[nodiscard]] inline std::string take_seconds(std::string& text, double lowest, double highest) {
    double value = 0;
    const auto* const end = text.data() + text.size();
    const bool plain = text.find_first_not_of("0123456789.") == std::string::npos;
    const auto [at, ec] = std::from_chars(text.data(), end, value, std::chars_format::fixed);
    if (plain && ec == std::errc() && at == end && value >= lowest && value <= highest) return {};
    const auto shown = [](double number) {
        char digits[32];
        return std::string(digits, std::to_chars(digits, digits + sizeof digits, number, std::chars_format::fixed).ptr);
    };
    return "'" + text + "' is no number of seconds from " + shown(lowest) + " to " + shown(highest);
}

} // namespace tug::os

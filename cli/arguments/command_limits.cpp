#include "command_limits.hpp"

#include "cli/local/report.hpp"
#include "transfer_flags.hpp"
#include "usage_error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace tug::cli {

namespace {

template <class T>
std::optional<T> whole_number_in(std::string_view text, T lowest, T highest) {
    T out{};
    const auto* const begin = text.data();
    const auto* const end = begin + text.size();
    const auto [at, wrong] = std::from_chars(begin, end, out);
    if (wrong != std::errc() || at != end || out < lowest || out > highest) return std::nullopt;
    return out;
}

std::optional<std::uint64_t> count_in(std::string_view text) {
    return whole_number_in<std::uint64_t>(text, 1, std::numeric_limits<std::int64_t>::max());
}

std::optional<std::chrono::milliseconds> seconds_in(std::string_view text) {
    const auto number = whole_number_in<std::uint64_t>(text, 1, 1'000'000'000);
    if (!number) return std::nullopt;
    return std::chrono::seconds(*number);
}

struct limit {
    std::string_view name;
    /// False where the value is none.
    bool (*take)(resource_limits& to, const std::string& value);
};

constexpr std::array limits{
    limit{"memory", [](auto& to, const auto& value) { return (to.memory_bytes = size_of_text(value)).has_value(); }},
    limit{"processes", [](auto& to, const auto& value) { return (to.processes = count_in(value)).has_value(); }},
    limit{"cpu", [](auto& to, const auto& value) { return (to.cpu = seconds_in(value)).has_value(); }},
    limit{"open-files", [](auto& to, const auto& value) { return (to.open_files = count_in(value)).has_value(); }},
    limit{"file-size", [](auto& to, const auto& value) { return (to.file_bytes = size_of_text(value)).has_value(); }},
    limit{"nice",
          [](auto& to, const auto& value) { return (to.nice = whole_number_in<int>(value, -20, 19)).has_value(); }},
};

} // namespace

resource_limits limits_of(const std::vector<std::string>& texts) {
    resource_limits out;
    for (const auto& text : texts) {
        const auto equals = std::min(text.find('='), text.size());
        const auto name = text.substr(0, equals);
        const auto* const found = std::ranges::find(limits, std::string_view(name), &limit::name);
        if (found == limits.end() || equals == text.size() || !found->take(out, text.substr(equals + 1)))
            throw usage_error("--limit " + quoted_name(text) + " is no limit",
                              "write memory=512M, processes=100, cpu=60, open-files=1024, file-size=1G or nice=10");
    }
    return out;
}

} // namespace tug::cli

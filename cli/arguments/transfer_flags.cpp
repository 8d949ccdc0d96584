#include "transfer_flags.hpp"

#include "option_set.hpp"

#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>

namespace tug::cli {

namespace {

std::uint64_t factor_of(std::string_view unit) {
    if (unit.empty()) return 1;
    if (unit == "K" || unit == "k") return std::uint64_t{1} << 10U;
    if (unit == "M" || unit == "m") return std::uint64_t{1} << 20U;
    if (unit == "G" || unit == "g") return std::uint64_t{1} << 30U;
    return 0;
}

/// For CLI11: a text of size_of_text() becomes the number.
std::string as_number(const std::string& text) {
    const auto size = size_of_text(text);
    if (!size) throw CLI::ValidationError("a number of bytes, as 500K, 1.5M or 2G, is wanted, not " + text);
    return std::to_string(*size);
}

} // namespace

std::optional<std::uint64_t> size_of_text(const std::string& text) {
    double number = 0;
    const auto* const end = text.data() + text.size();
    const auto [rest, wrong] = std::from_chars(text.data(), end, number, std::chars_format::fixed);
    const auto factor = factor_of({rest, end});
    constexpr double most = 1e15;
    if (wrong != std::errc() || factor == 0 || !std::isfinite(number)) return std::nullopt;
    const auto bytes = std::floor(number * static_cast<double>(factor));
    if (!(bytes >= 1) || bytes > most) return std::nullopt;
    return static_cast<std::uint64_t>(bytes);
}

void add_carrying_flags(option_set& set, transfer_flags& o) {
    CLI::Validator size(
        [](std::string& text) {
            text = as_number(text);
            return std::string();
        },
        "", "size");
    set.own_value("--retries", o.retries, "try so many times to go on where the connection is lost (5)")
        ->type_name("N")
        ->transform(whole_number(0, 1000));
    set.own_value("--limit-rate", o.limit_rate, "no more than that many bytes a second; also 500K, 1.5M, 2G")
        ->type_name("RATE")
        ->transform(std::move(size));
    set.own_flag_value("-z{3},--compress{3}", o.compress,
                       "compress on the way what becomes smaller; --compress=LEVEL is 1 to 19 (3)")
        ->transform(whole_number(1, 19));
    set.own_flag("--delta", o.delta,
                 "of large files only what differs from those that are there already, block by block");
}

void add_transfer_flags(option_set& set, transfer_flags& o, bool put) {
    add_carrying_flags(set, o);
    set.own_flag("--update,--if-changed", o.if_changed, "send nothing where the content is there already");
    if (put)
        set.own_value("--if-match", o.if_match, "replace nothing but a file of this digest, or with absent no file")
            ->type_name("DIGEST");
}

} // namespace tug::cli

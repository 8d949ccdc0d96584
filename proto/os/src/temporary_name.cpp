#include "tug/os/temporary_name.hpp"

#include <sys/file.h>
#include <sys/random.h>

#include <algorithm>
#include <cstddef>

namespace tug::os {

namespace {

constexpr std::string_view prefix = ".tug-";
constexpr std::string_view suffix = ".tmp";
constexpr std::size_t digits = 16;
constexpr std::string_view hex_digits = "0123456789abcdef";

} // namespace

bool is_temporary_name(std::string_view name) noexcept {
    if (name.size() != prefix.size() + digits + suffix.size()) return false;
    if (!name.starts_with(prefix) || !name.ends_with(suffix)) return false;
    const auto number = name.substr(prefix.size(), digits);
    return std::ranges::all_of(number, [](char c) { return hex_digits.find(c) != std::string_view::npos; });
}

std::string temporary_name(std::uint64_t number) {
    std::string name(prefix);
    for (std::size_t digit = digits; digit-- > 0;) name += hex_digits[(number >> (4 * digit)) & 15U];
    return name.append(suffix);
}

std::string random_temporary_name() {
    std::uint64_t number = 0;
    if (::getrandom(&number, sizeof number, 0) != sizeof number) return {};
    return temporary_name(number);
}

bool lock_temporary(int fd) noexcept {
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

} // namespace tug::os

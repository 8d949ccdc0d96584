#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>

namespace tug::os {

namespace {

constexpr std::string_view prefix = ".tug-";
constexpr std::string_view suffix = ".tmp";
constexpr std::string_view partial_suffix = ".part";
constexpr std::size_t digits = 16;
constexpr std::string_view hex_digits = "0123456789abcdef";

bool is_ours(std::string_view name, std::string_view end) noexcept {
    if (name.size() != prefix.size() + digits + end.size()) return false;
    if (!name.starts_with(prefix) || !name.ends_with(end)) return false;
    const auto number = name.substr(prefix.size(), digits);
    return std::ranges::all_of(number, [](char c) { return hex_digits.find(c) != std::string_view::npos; });
}

} // namespace

bool is_temporary_name(std::string_view name) noexcept {
    return is_ours(name, suffix) || is_partial_name(name);
}

bool is_partial_name(std::string_view name) noexcept {
    return is_ours(name, partial_suffix);
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

bool is_named(int directory, const std::string& name, int fd) noexcept {
    struct stat by_name{};
    struct stat by_fd{};
    return ::fstatat(directory, name.c_str(), &by_name, AT_SYMLINK_NOFOLLOW) == 0 && ::fstat(fd, &by_fd) == 0 &&
           by_name.st_dev == by_fd.st_dev && by_name.st_ino == by_fd.st_ino;
}

} // namespace tug::os

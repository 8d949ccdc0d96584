#pragma once

#include <unistd.h>

#include <array>
#include <cerrno>
#include <optional>
#include <string>

namespace tug::service {

/// What comes until the end of a file, a pipe or a socket that blocks; nothing, and errno, where it cannot be read.
[[nodiscard]] inline std::optional<std::string> read_all(int fd) {
    std::string text;
    for (;;) {
        std::array<char, 16 * 1024> piece; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read()
        const auto n = ::read(fd, piece.data(), piece.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return std::nullopt;
        if (n == 0) return text;
        text.append(piece.data(), static_cast<std::size_t>(n));
    }
}

} // namespace tug::service

#pragma once

#include "support/program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace tug::test {

/// A pseudo-terminal. Hand its inner end to a program, close it here, then read what the program shows.
class terminal {
public:
    terminal() {
        if (::openpty(&outer_, &inner_, nullptr, nullptr, nullptr) != 0)
            throw std::system_error(errno, std::generic_category(), "openpty");
        ::fcntl(outer_, F_SETFD, FD_CLOEXEC);
        ::fcntl(inner_, F_SETFD, FD_CLOEXEC);
    }

    ~terminal() {
        close_inner();
        ::close(outer_);
    }

    terminal(const terminal&) = delete;
    terminal& operator=(const terminal&) = delete;

    [[nodiscard]] int inner() const noexcept { return inner_; }

    void close_inner() noexcept {
        if (inner_ >= 0) ::close(inner_);
        inner_ = -1;
    }

    /// Types that.
    void type(std::string_view text) {
        if (::write(outer_, text.data(), text.size()) != static_cast<ssize_t>(text.size()))
            throw std::system_error(errno, std::generic_category(), "typing");
    }

    /// Reads until `text` was shown, from where the last await() ended. Throws after `bound`, and where no process has
    /// the inner end any more.
    void await(std::string_view text) {
        for (;;) {
            if (const auto at = screen_.find(text, seen_); at != std::string::npos) {
                seen_ = at + text.size();
                return;
            }
            if (!read()) throw std::runtime_error("the terminal never showed '" + std::string(text) + "': " + screen_);
        }
    }

    /// All that is shown until no process has the inner end any more.
    const std::string& rest() {
        while (read()) continue;
        return screen_;
    }

private:
    bool read() {
        pollfd waiting{outer_, POLLIN, 0};
        const auto most = std::chrono::milliseconds(bound).count();
        if (::poll(&waiting, 1, static_cast<int>(most)) <= 0)
            throw std::runtime_error("a terminal in vain: " + screen_);
        std::array<char, 4096> piece{};
        const auto n = ::read(outer_, piece.data(), piece.size()); // EIO at the end
        if (n > 0) screen_.append(piece.data(), static_cast<std::size_t>(n));
        return n > 0;
    }

    int outer_ = -1;
    int inner_ = -1;
    std::string screen_;
    std::size_t seen_ = 0;
};

} // namespace tug::test

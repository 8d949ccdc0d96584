#include "text_file.hpp"

#include "cli/local/report.hpp"
#include "usage_error.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace tug::cli {

namespace {

[[noreturn]] void fail(std::string_view flag, const std::string& file, const std::string& why) {
    throw usage_error(std::string(flag) + ": " + quoted_name(file) + " " + why,
                      "name a text file, or - for standard input");
}

/// Closes what it has opened.
class input {
public:
    explicit input(const std::string& file)
        : fd_(file == "-" ? STDIN_FILENO : ::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {}

    ~input() {
        if (fd_ > STDERR_FILENO) ::close(fd_);
    }

    input(const input&) = delete;
    input& operator=(const input&) = delete;

    [[nodiscard]] int fd() const noexcept { return fd_; }

private:
    int fd_;
};

} // namespace

std::string read_text_file(std::string_view flag, const std::string& file) {
    const auto unreadable = [&] { fail(flag, file, std::string("cannot be read: ") + std::strerror(errno)); };
    const input from(file);
    if (from.fd() < 0) unreadable();
    std::string out;
    std::array<char, 64UL * 1024> piece;
    for (;;) {
        const auto n = ::read(from.fd(), piece.data(), piece.size());
        if (n == 0) return out;
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) { // who shares it has made it non-blocking
            wait_for(from.fd(), POLLIN);
            continue;
        }
        if (n < 0) unreadable();
        out.append(piece.data(), static_cast<std::size_t>(n));
        if (out.size() > max_text_file) fail(flag, file, "holds more than 16 MiB");
    }
}

std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty() && !line.starts_with('#')) out.emplace_back(line);
    }
    return out;
}

} // namespace tug::cli

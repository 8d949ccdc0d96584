#include "report.hpp"

#include "ending.hpp"

#include <tug/bytes.hpp>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace tug::cli {

namespace {

/// The next character of a text in UTF-8; empty where what stands there is none.
std::string_view next_character(std::string_view text) {
    for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size)
        if (is_utf8(text.substr(0, size))) return text.substr(0, size);
    return {};
}

bool is_control(std::string_view character) {
    const auto byte = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return byte < 0x20 || byte == 0x7f;
    return byte == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0; // C1
}

std::string octal(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += '\\';
        for (int shift = 6; shift >= 0; shift -= 3)
            text += static_cast<char>('0' + ((static_cast<unsigned char>(c) >> shift) & 7));
    }
    return text;
}

} // namespace

std::string printable(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const auto character = next_character(text);
        const auto size = std::max<std::size_t>(1, character.size());
        if (character.empty()) {
            line += octal(text.substr(0, size));
        } else {
            line += is_control(character) ? "?" : character;
        }
        text.remove_prefix(size);
    }
    return line;
}

std::string quoted_name(std::string_view name) {
    std::string out;
    std::string_view now; // what has opened the quotes
    const auto within = [&](std::string_view quotes) {
        if (now == quotes) return;
        if (!now.empty()) out += '\'';
        out += now = quotes;
    };
    if (name.empty()) within("'");
    while (!name.empty()) {
        const auto character = next_character(name);
        const auto size = std::max<std::size_t>(1, character.size());
        if (character.empty() || is_control(character)) {
            within("$'");
            out += octal(name.substr(0, size));
        } else {
            within("'");
            out += character == "'" ? "'\\''" : character;
        }
        name.remove_prefix(size);
    }
    return out += '\'';
}

void print_error(std::string_view cause, std::string_view remedy) {
    auto line = printable(std::string("tug: ").append(cause).append(": ").append(remedy));
    line += '\n';
    (void)write_all(STDERR_FILENO, line); // there is nowhere left to say that it failed
}

void wait_for(int fd, short event) noexcept {
    const int why = errno;
    pollfd waiting{fd, event, 0};
    while (::poll(&waiting, 1, -1) < 0 && errno == EINTR) continue;
    errno = why;
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) {
            wait_for(fd, POLLOUT);
            continue;
        }
        if (n < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

bool print_text(std::string_view text, int fd) {
    if (write_all(fd, text)) return true;
    if (errno == EPIPE) die_by_sigpipe();
    print_error(std::string("the result cannot be written: ") + std::strerror(errno), "check where the output goes");
    return false;
}

bool print_json(const boost::json::value& value, int fd) {
    return print_text(boost::json::serialize(value) + "\n", fd);
}

} // namespace tug::cli

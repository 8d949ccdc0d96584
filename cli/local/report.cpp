#include "report.hpp"

#include "end_by_signal.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace tug::cli {

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

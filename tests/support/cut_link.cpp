#include "support/cut_link.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace tug::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in a{};
    a.sin_family = AF_INET;
    a.sin_port = htons(port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return a;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

int dial(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto to = loopback(port);
    if (fd < 0 || ::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        if (fd >= 0) ::close(fd);
        return -1;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

void reset(int fd) {
    const linger at_once{1, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd);
}

bool write_all(int fd, const char* bytes, std::size_t size) {
    while (size > 0) {
        const auto n = ::send(fd, bytes, size, MSG_NOSIGNAL);
        if (n < 0) return false;
        bytes += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

} // namespace

cut_link::cut_link(const std::string& to, way which, std::uint64_t after, unsigned times)
    : target_(static_cast<std::uint16_t>(std::stoul(to.substr(to.rfind(':') + 1)))),
      which_(which),
      after_(after),
      times_(times) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto own = loopback(0);
    socklen_t size = sizeof own;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
        ::listen(listener_, 8) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&own), &size) != 0 ||
        ::pipe(stop_) != 0)
        fail("cut_link");
    address_ = "127.0.0.1:" + std::to_string(ntohs(own.sin_port));
    thread_ = std::thread([this] { run(); });
}

cut_link::~cut_link() {
    ::close(stop_[1]);
    thread_.join();
    ::close(stop_[0]);
    ::close(listener_);
}

void cut_link::run() {
    for (;;) {
        std::array<pollfd, 2> ready{pollfd{listener_, POLLIN, 0}, pollfd{stop_[0], POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), -1) < 0 && errno != EINTR) return;
        if (ready[1].revents != 0) return;
        if (ready[0].revents == 0) continue;
        const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (client >= 0) serve(client);
    }
}

void cut_link::serve(int client) {
    const int server = dial(target_);
    auto left = times_ > 0 ? after_ : std::numeric_limits<std::uint64_t>::max();
    if (times_ > 0) --times_;
    for (bool open = server >= 0; open;) {
        std::array<pollfd, 3> ready{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}, pollfd{stop_[0], POLLIN, 0}};
        if (::poll(ready.data(), ready.size(), -1) < 0) break;
        if (ready[2].revents != 0) break;
        if (ready[0].revents != 0) open = pass(client, server, way::to_server, left);
        if (open && ready[1].revents != 0) open = pass(server, client, way::to_client, left);
    }
    reset(client);
    if (server >= 0) reset(server);
}

/// False where the connection is to end.
bool cut_link::pass(int from, int to, way which, std::uint64_t& left) {
    std::array<char, 16'384> buffer{};
    const bool counts = which == which_;
    const auto most = counts ? static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size())) : buffer.size();
    if (most == 0) return false;
    const auto n = ::recv(from, buffer.data(), most, 0);
    if (n <= 0) return false;
    passed_[which == way::to_client ? 1 : 0] += static_cast<std::uint64_t>(n);
    if (!write_all(to, buffer.data(), static_cast<std::size_t>(n))) return false;
    if (counts) left -= static_cast<std::uint64_t>(n);
    return left > 0;
}

} // namespace tug::test

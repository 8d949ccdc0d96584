#pragma once

#include "support/program.hpp"

#include <tug/os/unique_fd.hpp>

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tug::test {

/// Every wait of the socket fails the test when it takes longer than `bound`.
inline void bound_waits(int fd) {
    const timeval most{.tv_sec = bound.count(), .tv_usec = 0};
    BOOST_REQUIRE(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most) == 0);
    BOOST_REQUIRE(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most) == 0);
}

/// A connected stream socket that blocks, for tests that are the two ends of a tunnel.
class plain_socket {
public:
    explicit plain_socket(os::unique_fd fd) : fd_(std::move(fd)) {
        BOOST_REQUIRE(fd_);
        bound_waits(fd_.get());
    }

    [[nodiscard]] static plain_socket to_port(std::uint16_t port) {
        os::unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_port = htons(port);
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        BOOST_REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
        return plain_socket(std::move(fd));
    }

    /// Whether something listens at that port of 127.0.0.1.
    [[nodiscard]] static bool can_reach(std::uint16_t port) {
        const os::unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_port = htons(port);
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0;
    }

    /// The same of ::1.
    [[nodiscard]] static plain_socket to_port_of_ipv6(std::uint16_t port) {
        os::unique_fd fd(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in6 a{};
        a.sin6_family = AF_INET6;
        a.sin6_port = htons(port);
        a.sin6_addr = in6addr_loopback;
        BOOST_REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
        return plain_socket(std::move(fd));
    }

    [[nodiscard]] static plain_socket to_path(const std::string& path) {
        os::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_un a{};
        a.sun_family = AF_UNIX;
        path.copy(a.sun_path, sizeof a.sun_path - 1);
        BOOST_REQUIRE(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
        return plain_socket(std::move(fd));
    }

    void send(std::string_view text) const {
        while (!text.empty()) {
            const auto n = ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            BOOST_REQUIRE(n > 0);
            text.remove_prefix(static_cast<std::size_t>(n));
        }
    }

    /// So many bytes, or fewer at the end.
    [[nodiscard]] std::string receive(std::size_t size) const {
        std::string out(size, '\0');
        std::size_t got = 0;
        while (got < size) {
            const auto n = ::recv(fd_.get(), out.data() + got, size - got, 0);
            BOOST_REQUIRE(n >= 0 || errno != EAGAIN);
            if (n <= 0) break;
            got += static_cast<std::size_t>(n);
        }
        out.resize(got);
        return out;
    }

    void shutdown_send() const { ::shutdown(fd_.get(), SHUT_WR); }

    /// No more bytes come: by an end, or by a reset.
    [[nodiscard]] bool ended() const {
        char byte = 0;
        const auto n = ::recv(fd_.get(), &byte, 1, 0);
        BOOST_REQUIRE(n >= 0 || errno != EAGAIN);
        return n <= 0;
    }

    /// Sends until nothing is taken any more, or what no buffer should hold; how many bytes that were.
    [[nodiscard]] std::size_t fill() const {
        constexpr std::size_t most_to_fill = std::size_t{1} << 30U;
        const std::string piece(64 * 1024, 'x');
        std::size_t sent = 0;
        pollfd writable{fd_.get(), POLLOUT, 0};
        while (sent < most_to_fill && ::poll(&writable, 1, 1'000) == 1) {
            const auto n = ::send(fd_.get(), piece.data(), piece.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            BOOST_REQUIRE(n > 0);
            sent += static_cast<std::size_t>(n);
        }
        return sent;
    }

private:
    os::unique_fd fd_;
};

/// A socket that listens on a port of 127.0.0.1.
class plain_listener {
public:
    plain_listener() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof a;
        BOOST_REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
        BOOST_REQUIRE(::listen(fd_.get(), SOMAXCONN) == 0);
        BOOST_REQUIRE(::getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&a), &size) == 0);
        port_ = ntohs(a.sin_port);
        bound_waits(fd_.get());
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

    [[nodiscard]] plain_socket accept() const {
        return plain_socket(os::unique_fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
    }

    /// A connection waits to be accepted.
    [[nodiscard]] bool has_one() const {
        pollfd readable{fd_.get(), POLLIN, 0};
        return ::poll(&readable, 1, 0) == 1;
    }

private:
    os::unique_fd fd_;
    std::uint16_t port_ = 0;
};

} // namespace tug::test

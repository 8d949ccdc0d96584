#pragma once

#include "tug/net/transport.hpp"

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace tug::test {

/// A socket pair: one end is for the code under test, the other one is played by hand. That code runs in poll() alone.
struct played_peer {
    boost::asio::io_context io{1};
    int peer = -1;

    played_peer() = default;
    played_peer(const played_peer&) = delete;
    played_peer& operator=(const played_peer&) = delete;

    ~played_peer() { close_peer(); }

    /// Makes the pair; call it once. The end for the code under test.
    net::transport connect() {
        int fds[2];
        BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
        peer = fds[1];
        return net::transport(net::stream_socket(io, boost::asio::generic::stream_protocol(AF_UNIX, 0), fds[0]));
    }

    void poll() {
        io.restart();
        io.poll();
    }

    void say(std::string_view bytes) {
        BOOST_REQUIRE(::write(peer, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
        poll();
    }

    /// What came to the peer, until nothing more comes.
    std::string take_bytes() {
        std::string out;
        char buffer[65536];
        for (;;) {
            const auto n = ::recv(peer, buffer, sizeof buffer, MSG_DONTWAIT);
            if (n <= 0) return out;
            out.append(buffer, static_cast<std::size_t>(n));
            poll();
        }
    }

    void close_peer() {
        if (peer >= 0) ::close(std::exchange(peer, -1));
    }
};

} // namespace tug::test

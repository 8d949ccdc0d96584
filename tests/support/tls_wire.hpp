#pragma once

#include "support/test_ca.hpp"

#include <tug/net/tls.hpp>
#include <tug/net/transport.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace tug::test {

/// The socket pair of a transport: one end is the transport's, the other one the test's.
struct transport_end {
    int fd = -1; ///< That of the test.
    std::optional<net::transport> it;
};

/// Two transports with TLS and a line between them that the test moves bytes along, piece by piece.
class tls_wire {
public:
    tls_wire();
    ~tls_wire();
    tls_wire(const tls_wire&) = delete;
    tls_wire& operator=(const tls_wire&) = delete;

    /// Runs both handshakes while bytes move in pieces of that size. Throws where they do not succeed.
    void shake_hands(std::size_t piece);

    /// Moves one piece of at most that size each way. False where there was nothing to move.
    bool move(std::size_t most);

    /// The same, one way; what was moved.
    std::string move_to_server(std::size_t most);

    boost::asio::io_context io;
    transport_end client;
    transport_end server;
};

/// A socket pair of which one end is a transport of `how`.
[[nodiscard]] transport_end make_end(boost::asio::io_context& io, const net::tls_context& how);

/// All that a transport gives until it would have to wait, or ends.
struct taken {
    std::string bytes;
    boost::system::error_code ec;
};

[[nodiscard]] taken take(net::transport& from, std::size_t buffer = 65536);

} // namespace tug::test

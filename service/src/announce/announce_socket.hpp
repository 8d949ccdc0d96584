#pragma once

#include <tug/net/interfaces.hpp>
#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace tug::service {

/// A datagram that has come in.
struct announce_datagram {
    std::span<const std::byte> bytes; ///< Until the next one.
    boost::asio::ip::udp::endpoint from;
    unsigned interface = 0; ///< That it came in by.
};

/// Where the queries of one family come in: by multicast, and to the addresses of this host.
///
/// Thread safety: none; it lives on its io_context.
class announce_socket {
public:
    /// Nothing where this host has no such family.
    [[nodiscard]] static proto::result<std::optional<announce_socket>> open(boost::asio::io_context& io, bool v6);

    /// Hears what comes by that interface, too. Again is no error.
    void join(const net::network_interface& at);

    /// The next datagram of this very network: one that a router has passed on is dropped. Nothing when it was
    /// cancelled.
    [[nodiscard]] boost::asio::awaitable<std::optional<announce_datagram>> next();

    /// Sends to `to` by an interface, from `source` where that is given. What cannot be sent at once is dropped.
    void send(std::string_view bytes, const boost::asio::ip::udp::endpoint& to, unsigned interface,
              const std::optional<boost::asio::ip::address>& source);

private:
    announce_socket(boost::asio::io_context& io, bool v6, os::unique_fd fd);
    [[nodiscard]] std::optional<announce_datagram> receive();

    bool v6_;
    boost::asio::ip::udp::socket socket_;
    std::array<std::byte, 2'048> buffer_{};
};

} // namespace tug::service

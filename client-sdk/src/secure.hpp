#pragma once

#include <tug/address.hpp>
#include <tug/net/tls.hpp>
#include <tug/tls_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <optional>

namespace tug::detail {

/// How to speak TLS to that address; nothing where it is not wanted. Fails with bad_tls_file and bad_address, and with
/// tls_not_offered for a Unix socket.
[[nodiscard]] proto::result<std::optional<net::tls_context>> tls_for(const tug::address& to,
                                                                     const std::optional<tls_options>& how);

/// The transport over a connected socket, after the handshake where there is one.
[[nodiscard]] boost::asio::awaitable<proto::result<net::transport>> secure(net::stream_socket socket,
                                                                           std::optional<net::tls_context> how);

/// Says why a server does not greet us who came without TLS: it ends, with tls_required, only where the server lets
/// some time go by and then, on a connection of its own, turns out to speak TLS. Neither side of TLS could say so:
/// there the client speaks first. Else it ends when it is cancelled.
[[nodiscard]] boost::asio::awaitable<proto::result<void>> find_tls(boost::asio::any_io_executor executor,
                                                                   tug::address to);

} // namespace tug::detail

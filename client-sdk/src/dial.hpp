#pragma once

#include <tug/net/address.hpp>
#include <tug/net/transport.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tug::detail {

/// A connected socket: resolves the name and tries its addresses, see net::connect_first(). Fails with connect_failed,
/// with bad_address where the path of a Unix socket is too long, and with cancelled at once, also while the name is
/// looked up.
[[nodiscard]] boost::asio::awaitable<proto::result<net::stream_socket>> dial(boost::asio::any_io_executor executor,
                                                                             net::address to);

} // namespace tug::detail

#pragma once

#include <tug/detail/calls.hpp>
#include <tug/net/address.hpp>
#include <tug/net/transport.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tug::detail {

/// A connected socket whose bytes go through a tunnel of `via` to an address that its host reaches: one end of a pair,
/// the other one of which is carried on the executor of `via`. Fails as client::connect_through().
[[nodiscard]] boost::asio::awaitable<proto::result<net::stream_socket>>
dial_through(boost::asio::any_io_executor executor, session_ptr via, net::address to);

/// A tunnel to host and port or a Unix socket, on the executor of the session.
[[nodiscard]] boost::asio::awaitable<proto::result<tunnel>> connect_to(session_ptr s, forward_target where);

} // namespace tug::detail

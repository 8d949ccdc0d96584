#pragma once

#include "tug/service/call.hpp"

#include <tug/net/transport.hpp>

#include <boost/asio/awaitable.hpp>

namespace tug::service {

/// Says that the tunnel stands, and carries bytes between the socket and the streams of the call until both ways have
/// ended: what a call of forward.connect or forward.accept is once it has its socket.
[[nodiscard]] boost::asio::awaitable<answer> run_tunnel(call& c, net::stream_socket socket);

} // namespace tug::service

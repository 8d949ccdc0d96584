#pragma once

#include "server/worker.hpp"
#include "tug/service/options.hpp"

#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace tug::service {

/// Reads the PROXY header of a connection, and not one byte more: gives the socket back with the peer and the source of
/// the client. A failure without a message where the proxy left before it said anything, or the server ends.
[[nodiscard]] boost::asio::awaitable<proto::result<accepted_socket>>
read_proxy_header(boost::asio::any_io_executor executor, accepted_socket socket, const options& settings);

} // namespace tug::service

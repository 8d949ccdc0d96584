#pragma once

#include "cli/hosts/invocation.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include <string>

namespace tug::cli::console {

/// Takes a WebSocket that was asked for and relays the frames of tug between it and a connection to the host of its
/// own, which is logged in. Its messages are the bytes of that connection, cut anywhere. What kept the host from being
/// reached is told in a text message before the close. Never more than a buffer of each direction waits here.
[[nodiscard]] boost::asio::awaitable<void>
relay_socket(boost::asio::ip::tcp::socket& socket,
             const boost::beast::http::request<boost::beast::http::empty_body>& asked, const std::string& protocol,
             const options& o, invocation& s);

} // namespace tug::cli::console

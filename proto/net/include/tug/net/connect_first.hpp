#pragma once

#include "tug/net/transport.hpp"

#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <chrono>
#include <vector>

namespace tug::net {

using endpoints = std::vector<boost::asio::generic::stream_protocol::endpoint>;

/// After how long the next address is tried where one has neither answered nor failed (RFC 8305, section 8).
inline constexpr std::chrono::milliseconds attempt_delay{250};

/// The order to try them in: families take turns, each in its order, that of the first address first (RFC 8305, section
/// 4).
[[nodiscard]] endpoints interleaved(const endpoints& found);

/// A socket that is connected to one of them: they are tried in that order, each `attempt_delay` after the one before
/// or when that has failed, and the first that connects counts; the others are closed. Fails with connect_failed, which
/// says why each of them failed and, where they are `named`, which one, and has the errno of the last; with that of
/// ETIMEDOUT where none has answered within `limit`, if there is one; and with cancelled at once.
[[nodiscard]] boost::asio::awaitable<proto::result<stream_socket>>
connect_first(boost::asio::any_io_executor executor, endpoints to, bool named = true,
              std::chrono::milliseconds limit = std::chrono::milliseconds::max());

} // namespace tug::net

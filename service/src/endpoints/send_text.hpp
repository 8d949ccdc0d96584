#pragma once

#include "tug/service/call.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <string_view>

namespace tug::service {

/// Sends all of `text`, which must live until then; false where the client wants no more of the stream.
[[nodiscard]] boost::asio::awaitable<proto::result<bool>> send_text(call& c, std::size_t stream, std::string_view text);

} // namespace tug::service

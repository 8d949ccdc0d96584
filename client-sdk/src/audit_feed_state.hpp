#pragma once

#include "line_stream.hpp"

#include <tug/audit.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace tug::detail {

/// A call of audit.follow.
class audit_feed_state : public line_stream, public std::enable_shared_from_this<audit_feed_state> {
public:
    using line_stream::line_stream;

    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<audit_event>>> next();
};

} // namespace tug::detail

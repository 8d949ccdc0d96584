#pragma once

#include "line_stream.hpp"

#include <tug/watch.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace tug::detail {

/// A call of file.watch.
class watch_state : public line_stream, public std::enable_shared_from_this<watch_state> {
public:
    using line_stream::line_stream;

    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<watch_event>>> next();
};

} // namespace tug::detail

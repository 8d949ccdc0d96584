#pragma once

#include "line_stream.hpp"

#include <tug/file_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace tug::detail {

/// A call of file.list.
class listing_state : public line_stream, public std::enable_shared_from_this<listing_state> {
public:
    using line_stream::line_stream;

    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<file_entry>>> next();
};

} // namespace tug::detail

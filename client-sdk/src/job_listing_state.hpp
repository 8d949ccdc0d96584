#pragma once

#include "line_stream.hpp"

#include <tug/job_info.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>

namespace tug::detail {

/// A call of job.list.
class job_listing_state : public line_stream, public std::enable_shared_from_this<job_listing_state> {
public:
    using line_stream::line_stream;

    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<job_info>>> next();
};

} // namespace tug::detail

#pragma once

#include "session.hpp"

#include <tug/run_options.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace tug::detail {

/// Puts, a command and gets whose requests go out one behind the other. For a coroutine of its own; a cancelled one
/// returns when each of its calls has. Throws what a sink throws.
[[nodiscard]] boost::asio::awaitable<proto::result<run_result>> run_in_order(std::shared_ptr<session> s,
                                                                             run_options what);

} // namespace tug::detail

#pragma once

#include "session.hpp"

#include <tug/address.hpp>
#include <tug/connect_options.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>

namespace tug::detail {

/// A session that is connected and logged in, within the deadline. A failed one leaves nothing behind.
[[nodiscard]] boost::asio::awaitable<proto::result<std::shared_ptr<session>>>
establish(boost::asio::any_io_executor executor, tug::address to, connect_options how);

/// Logs in, or finds that no login is needed. Nothing but rpc.authenticate is sent before the server has proved itself.
[[nodiscard]] boost::asio::awaitable<proto::result<void>> log_in(std::shared_ptr<session> s,
                                                                 const std::optional<credentials>& who);

} // namespace tug::detail

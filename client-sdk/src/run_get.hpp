#pragma once

#include "session.hpp"

#include <tug/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace tug::detail {

// The gets of a client. For coroutines of their own; a cancelled one returns at once.

/// `place`: see session::begin_call(). With one the total is not asked for first.
[[nodiscard]] boost::asio::awaitable<proto::result<get_result>> get_file(std::shared_ptr<session> s, std::string remote,
                                                                         std::string local, get_options how,
                                                                         const place_in_order* place = nullptr);

[[nodiscard]] boost::asio::awaitable<proto::result<get_result>> get_sink(std::shared_ptr<session> s, std::string remote,
                                                                         sink& to, get_options how);

[[nodiscard]] boost::asio::awaitable<proto::result<std::string>> get_text(std::shared_ptr<session> s,
                                                                          std::string remote, get_options how);

} // namespace tug::detail

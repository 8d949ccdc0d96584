#pragma once

#include "session.hpp"

#include <tug/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace tug::detail {

// The puts of a client. For coroutines of their own: a cancelled one returns when the server has given up too, at the
// latest when session::timeouts says.

/// `place`: see session::begin_call().
[[nodiscard]] boost::asio::awaitable<proto::result<put_result>> put_file(std::shared_ptr<session> s, std::string local,
                                                                         std::string remote, put_options how,
                                                                         const place_in_order* place = nullptr);

[[nodiscard]] boost::asio::awaitable<proto::result<put_result>> put_source(std::shared_ptr<session> s, source& from,
                                                                           std::string remote, put_options how);

[[nodiscard]] boost::asio::awaitable<proto::result<put_result>> put_text(std::shared_ptr<session> s, std::string bytes,
                                                                         std::string remote, put_options how);

} // namespace tug::detail

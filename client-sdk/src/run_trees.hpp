#pragma once

#include "session.hpp"

#include <tug/trees.hpp>

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>

namespace tug::detail {

// The trees of a client. For coroutines of their own: a cancelled one returns when the server has given up too, at the
// latest when session::timeouts says.

[[nodiscard]] boost::asio::awaitable<proto::result<tree_summary>>
send_local_tree(std::shared_ptr<session> s, std::string local, std::string remote, tree_options how);

[[nodiscard]] boost::asio::awaitable<proto::result<tree_summary>>
fetch_tree(std::shared_ptr<session> s, std::string remote, std::string local, tree_options how);

} // namespace tug::detail

#pragma once

#include "tug/service/call.hpp"

#include <tug/proto/exec_messages.hpp>
#include <tug/proto/file_messages.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>

namespace tug::service {

struct context;
class session;

// The endpoints, one file each. Those that take a call are coroutines on the connection's thread; they end when their
// streams fail, so they need no cancellation of their own. The others answer at once.

[[nodiscard]] boost::asio::awaitable<answer> exec(context& shared, call& c, proto::exec_params params);
[[nodiscard]] boost::asio::awaitable<answer> put(context& shared, call& c, proto::put_params params);
[[nodiscard]] boost::asio::awaitable<answer> get(context& shared, call& c, proto::get_params params);

[[nodiscard]] answer ping(session& on, const boost::json::object& params);
[[nodiscard]] answer discover(session& on, const boost::json::object& params);
[[nodiscard]] answer exec_signal(session& on, const boost::json::object& params);
[[nodiscard]] answer exec_resize(session& on, const boost::json::object& params);

} // namespace tug::service

#pragma once

#include "tug/service/call.hpp"

#include <tug/proto/exec_check_messages.hpp>

#include <boost/asio/awaitable.hpp>

namespace tug::service {

struct context;

/// The endpoint of `exec.check`: what the rules of a key say of a command, of which nothing runs.
[[nodiscard]] boost::asio::awaitable<answer> exec_check(context& shared, call& c, proto::exec_check_params params);

} // namespace tug::service

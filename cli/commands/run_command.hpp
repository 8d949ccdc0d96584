#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

namespace tug::cli {

/// Runs the command on a connection that stands. `o` is for that host, see for_host().
[[nodiscard]] boost::asio::awaitable<int> run_on(client& there, const options& o, invocation& s);

} // namespace tug::cli

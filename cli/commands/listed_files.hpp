#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

namespace tug::cli {

/// put --files-from: the files that a list names, below a local directory, to the same names below one of the host,
/// over one connection, several at a time. What fails is said, and the others go on.
[[nodiscard]] boost::asio::awaitable<int> put_listed(client& on, const options& o, invocation& s);

} // namespace tug::cli

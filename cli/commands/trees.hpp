#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/reconnect/retries.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace tug::cli {

// Directories, as put, get, cp and sync carry them.

[[nodiscard]] bool is_local_directory(const std::string& path);

/// A directory that `put` names; into `remote` where that is one already. A lost connection is made again.
[[nodiscard]] boost::asio::awaitable<int> put_directory(connected_host to, const options& o, invocation& s,
                                                        std::string local, std::string remote);

/// A directory of the host; likewise.
[[nodiscard]] boost::asio::awaitable<int> get_directory(connected_host from, const options& o, invocation& s,
                                                        std::string remote, std::string local);

/// From one place of a host to another one.
[[nodiscard]] boost::asio::awaitable<int> copy_directory(client& on, const options& o, std::string from,
                                                         std::string to);

[[nodiscard]] boost::asio::awaitable<int> sync(client& on, const options& o, invocation& s);

} // namespace tug::cli

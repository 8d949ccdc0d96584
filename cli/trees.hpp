#pragma once

#include "invocation.hpp"
#include "options.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace tug::cli {

// Directories, as put, get, cp and sync carry them.

[[nodiscard]] bool is_local_directory(const std::string& path);

/// A directory that `put` names; into `remote` where that is one already. With `s` a lost connection is made again.
[[nodiscard]] boost::asio::awaitable<int> put_directory(client& on, const options& o, std::string local,
                                                        std::string remote, invocation* s = nullptr);

/// A directory of the host; likewise.
[[nodiscard]] boost::asio::awaitable<int> get_directory(client& on, const options& o, std::string remote,
                                                        std::string local, invocation* s = nullptr);

[[nodiscard]] boost::asio::awaitable<int> sync(client& on, const options& o, invocation& s);

} // namespace tug::cli

#pragma once

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace tug::cli {

/// What a pattern in the last name of a path of the host stands for, as a shell has it: in the order of the names,
/// those that begin with a dot only where the pattern does. The path as it is where its last name is no pattern, where
/// something is called so, where nothing fits, and where the host does not say what is there: then what is done with
/// the path tells what is wrong with it. Throws where the connection is lost or the caller is cancelled.
[[nodiscard]] boost::asio::awaitable<std::vector<std::string>> paths_like(client& on, std::string path);

} // namespace tug::cli

#pragma once

#include "cli/arguments/options.hpp"
#include "path_work.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tug::cli {

/// The work on one path. Throws tug::error.
using one_path_work = std::function<boost::asio::awaitable<path_end>(std::string)>;

/// Whether a failure leaves what comes next no better prospects: the connection is lost, the command is cancelled, or
/// this side cannot go on.
[[nodiscard]] bool ends_all(const client& on, errc code);

/// Does the work path by path and goes on after a failure, which it reports, as coreutils do; the exit code tells of
/// it. The error of an only path is thrown, and so is one that ends_all(). `work` has to live until it has ended.
[[nodiscard]] boost::asio::awaitable<int> each_path(client& on, const options& o, std::vector<std::string> paths,
                                                    const one_path_work& work);

} // namespace tug::cli

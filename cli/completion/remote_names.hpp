#pragma once

#include "completion.hpp"

#include <tug/client.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <functional>
#include <string>
#include <vector>

namespace tug::cli {

/// The names of a directory of the host, with a '/' behind those of directories; none where it cannot be listed or does
/// not answer soon. Blocks: to be called on another thread than that of `home`, the executor of the client. `on` is
/// called there.
[[nodiscard]] std::vector<std::string> names_on_host(boost::asio::any_io_executor home, std::function<client*()> on,
                                                     std::string directory);

/// Likewise of a local directory.
[[nodiscard]] std::vector<std::string> names_here(const std::string& directory);

} // namespace tug::cli

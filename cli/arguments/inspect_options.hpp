#pragma once

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace tug::cli {

/// Shows what the command line knows: the common flags, and that command as a subcommand; all where it is empty.
void inspect_options(const std::string& command, const std::function<void(const CLI::App&)>& look);

} // namespace tug::cli

#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tug::cli {

class option_set;

/// What `console` is told.
struct console_options {
    std::uint16_t port = 0; ///< Of 127.0.0.1; 0: any.
    bool no_open = false;   ///< The address is shown, and no browser started.
};

/// What `mcp` is told.
struct mcp_options {
    std::vector<std::string> allow_local; ///< Directories of this machine that its tools may use.
};

void add_console(option_set& set, console_options& o);
void add_mcp(option_set& set, mcp_options& o);

} // namespace tug::cli

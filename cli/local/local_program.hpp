#pragma once

#include "cli/hosts/invocation.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <vector>

namespace tug::cli {

/// Runs a program of this host in the terminal, or whatever the standard streams are, and waits for its end. `script`
/// is for /bin/sh, which has `arguments` as $1 and so on: a shell finds programs and says what it cannot start.
/// Interrupts of the terminal are for the program alone. Gives the exit code as a shell has it, 128 + N for signal N;
/// cancelled, the program goes on. Throws tug::error (local_io).
[[nodiscard]] boost::asio::awaitable<int> run_program(invocation& s, std::string script,
                                                      std::vector<std::string> arguments);

} // namespace tug::cli

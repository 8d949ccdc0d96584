#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace tug::cli {

/// Starts the process that holds the connection which `ping` makes, in a session of its own, with nothing of ours but
/// the listening socket: what reads our output is not to wait for it.
[[nodiscard]] bool start_holder(int listener, std::chrono::seconds idle, const std::vector<std::string>& ping);

} // namespace tug::cli

#pragma once

#include <string>
#include <vector>

namespace tug::cli {

/// Becomes the program tug-queue, that beside this one or the one in PATH, with these arguments: it needs the library
/// of NATS, which tug is not to load. Returns where it is not there, after print_error(), with the exit code.
[[nodiscard]] int become_queue(const std::vector<std::string>& arguments);

} // namespace tug::cli

#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tug {

/// How much a command may have, see command::limits(). What tugd cannot enforce on its host is refused: `unsupported`.
struct resource_limits {
    // Not an aggregate: g++ 12 destroys temporaries of these twice in a co_await expression.
    resource_limits() = default;

    std::optional<std::uint64_t> memory_bytes;    ///< Of all its processes together; exec_reason::memory_limit.
    std::optional<std::uint64_t> processes;       ///< At once.
    std::optional<std::chrono::milliseconds> cpu; ///< Of each process, in whole seconds; exec_reason::cpu_limit.
    std::optional<std::uint64_t> open_files;      ///< Of each process.
    std::optional<std::uint64_t> file_bytes;      ///< The size of a file that it writes.
    std::optional<int> nice;                      ///< -20 to 19.
};

} // namespace tug

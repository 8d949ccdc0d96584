#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace tug::cli {

class option_set;
struct options;

/// What `top` is told beyond the common options.
struct top_flags {
    std::optional<std::uint64_t> count; ///< So many tables, plain; nothing: until the user leaves.
    double delay = 1;                   ///< Seconds between two.

    [[nodiscard]] std::chrono::milliseconds pause() const;
};

/// Declares them.
void add_top(option_set& set, top_flags& to);

} // namespace tug::cli

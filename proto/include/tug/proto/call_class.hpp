#pragma once

#include <cstdint>

namespace tug::proto {

/// What a call counts as while it is in flight. Each class has a limit of its own, so that none takes a place of
/// another.
enum class call_class : std::uint8_t {
    short_lived, ///< Answered by work of a moment: no streams.
    bulk,        ///< Lives as long as its work: commands, files, trees, lists.
    long_lived,  ///< Lives as long as its user wants: waits, terminals, tunnels.
};

} // namespace tug::proto

#pragma once

#include <span>
#include <string_view>

namespace tug::cli {

/// A command line that does something, and what.
struct example {
    std::string_view command; ///< As options::command has it; more than one may be of the same.
    std::string_view line;
    std::string_view what;
};

/// Those of all commands, in the order in which they are shown.
[[nodiscard]] std::span<const example> examples();

} // namespace tug::cli

#pragma once

#include "cli/arguments/arguments.hpp"
#include "cli/arguments/options.hpp"

namespace tug::cli {

/// `tug rsh`: a command line of ssh(1), for programs that start one. `before`: the words of tug that stand before
/// `rsh`; `own`: those behind it. Throws usage_error.
[[nodiscard]] options parse_rsh(words before, const words& own);

} // namespace tug::cli

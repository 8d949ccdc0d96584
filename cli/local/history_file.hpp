#pragma once

#include <string>

namespace tug::cli {

/// The file of the repl's history, $XDG_STATE_HOME/tug/history or ~/.local/state/tug/history, made where it is missing;
/// its owner alone can read it. Empty where there can be none: then nothing is kept.
[[nodiscard]] std::string history_file();

} // namespace tug::cli

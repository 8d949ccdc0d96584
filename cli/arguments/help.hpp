#pragma once

#include <string>
#include <vector>

namespace tug::cli {

/// What `tug help WORDS` prints: of a command its examples, then its flags; of `errors` all of them, or the one of that
/// name; without words what `tug --help` prints. Throws usage_error.
[[nodiscard]] std::string help_text(const std::vector<std::string>& words);

} // namespace tug::cli

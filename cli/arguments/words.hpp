#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// Splits a line into words as a shell does: blanks part them; within '…' everything stands for itself; within "…" a
/// backslash quotes `"`, `\`, `$` and a backquote; elsewhere it quotes the character after it. A # at the start of a
/// word begins a comment. Nothing is expanded. Throws usage_error for a quote that is not closed.
[[nodiscard]] std::vector<std::string> split_words(std::string_view line);

} // namespace tug::cli

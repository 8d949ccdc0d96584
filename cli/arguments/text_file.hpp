#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

/// The most that a file of lines may have, in bytes.
inline constexpr std::size_t max_text_file = 16UL * 1024 * 1024;

/// All of a text file that `flag` names, or of standard input for `-`. Throws usage_error where it cannot be read or is
/// larger than max_text_file. Blocks.
[[nodiscard]] std::string read_text_file(std::string_view flag, const std::string& file);

/// The lines of such a file, without those that are empty or begin with `#`, and without the CR at their ends.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);

} // namespace tug::cli

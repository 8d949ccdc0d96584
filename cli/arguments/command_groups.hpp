#pragma once

#include <string_view>

namespace tug::cli {

/// Under which title a command stands in `tug --help`.
[[nodiscard]] std::string_view group_of(std::string_view command);

} // namespace tug::cli

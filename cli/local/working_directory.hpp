#pragma once

#include <string>
#include <string_view>

namespace tug::cli {

/// `path` as it is named from the directory `from`, without `.` and, as in a shell, without a name and the `..` behind
/// it. Both are paths below the root of the host; empty is that root.
[[nodiscard]] std::string path_from(std::string_view from, std::string_view path);

} // namespace tug::cli

#pragma once

#include <tug/resource_limits.hpp>

#include <string>
#include <vector>

namespace tug::cli {

/// What `--limit NAME=VALUE` says, one or more: memory and file-size in bytes, also with K, M or G, cpu in seconds,
/// processes, open-files and nice. Throws usage_error.
[[nodiscard]] resource_limits limits_of(const std::vector<std::string>& texts);

} // namespace tug::cli

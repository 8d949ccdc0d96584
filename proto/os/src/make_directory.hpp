#pragma once

#include <string>

namespace tug::os {

/// Makes the directory `name` below the directory `parent` (O_PATH will do) with mode 0755, not cut by the umask; one
/// that is there already, or a symlink, is left as it is. `durable` syncs the parent afterwards.
/// Returns 0 or an errno; after a failed sync the directory stays. Thread safe.
[[nodiscard]] int make_directory(int parent, const std::string& name, bool durable);

} // namespace tug::os

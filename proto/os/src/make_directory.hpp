#pragma once

#include <sys/types.h>

#include <string>

namespace tug::os {

/// Makes the directory `name` below the directory `parent` (O_PATH will do) with that mode, not cut by the umask.
/// Returns 0 or an errno. Thread safe.
[[nodiscard]] int make_directory(int parent, const std::string& name, mode_t mode);

/// The same with mode 0755 on the way to a file; a directory or a symlink that is there already is left as it is.
/// `durable` syncs the parent afterwards; after a failed sync the directory stays.
[[nodiscard]] int make_parent_directory(int parent, const std::string& name, bool durable);

} // namespace tug::os

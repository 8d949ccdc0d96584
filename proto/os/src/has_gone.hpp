#pragma once

#include <cerrno>

namespace tug::os {

/// The errno of what was there a moment ago, in a directory that is read, and is something else or nothing now.
[[nodiscard]] inline bool has_gone(int err) noexcept {
    return err == ENOENT || err == ENOTDIR || err == ELOOP || err == ESTALE;
}

} // namespace tug::os

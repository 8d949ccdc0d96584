#pragma once

#include <sys/types.h>

namespace tug::os {

/// The umask of this process, read without setting it: that would race with other threads. Where /proc is missing, the
/// strictest, 077.
[[nodiscard]] mode_t current_umask();

} // namespace tug::os

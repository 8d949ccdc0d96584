#pragma once

#include <string>

namespace tug::os {

/// What names an open file, also one that was opened by O_PATH, where a call takes a path alone. It needs /proc.
[[nodiscard]] inline std::string descriptor_path(int fd) {
    return "/proc/self/fd/" + std::to_string(fd);
}

} // namespace tug::os

#pragma once

namespace tug::os {

/// Gives the file behind `fd`, opened with O_TMPFILE, the name `name` in `directory` (a descriptor or AT_FDCWD). A link
/// replaces nothing: EEXIST where the name is taken. Returns 0 or the errno. Thread safe.
[[nodiscard]] int link_nameless(int fd, int directory, const char* name) noexcept;

} // namespace tug::os

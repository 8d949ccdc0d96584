#include "nameless_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

namespace tug::os {

int link_nameless(int fd, int directory, const char* name) noexcept {
    if (::linkat(fd, "", directory, name, AT_EMPTY_PATH) == 0) return 0;
    // Before Linux 6.10 that takes a capability, and without it is ENOENT. The detour by /proc takes none.
    if (errno != ENOENT) return errno;
    std::array<char, 32> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", fd);
    return ::linkat(AT_FDCWD, link.data(), directory, name, AT_SYMLINK_FOLLOW) == 0 ? 0 : errno;
}

} // namespace tug::os

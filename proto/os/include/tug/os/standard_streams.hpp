#pragma once

#include <fcntl.h>
#include <unistd.h>

namespace tug::os {

/// Opens those of the descriptors 0 to 2 that are closed on /dev/null. A program calls it before it opens anything: its
/// first socket would be descriptor 2 otherwise, and its error messages would go to the peer.
inline void open_standard_streams() noexcept {
    int fd = -1;
    do {
        fd = ::open("/dev/null", O_RDWR);     // takes the lowest number that is free
        if (fd < 0) fd = ::open("/", O_PATH); // no /dev here: this holds the place as well
    } while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0) ::close(fd);
}

} // namespace tug::os

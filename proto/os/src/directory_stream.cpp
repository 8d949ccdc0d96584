#include "tug/os/directory_stream.hpp"

#include "tug/os/unique_fd.hpp"

#include <fcntl.h>

namespace tug::os {

directory_stream open_stream(int directory) {
    // Not a duplicate: that would share the position.
    unique_fd fd(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd) return nullptr;
    directory_stream stream(::fdopendir(fd.get()));
    if (stream) static_cast<void>(fd.release());
    return stream;
}

} // namespace tug::os

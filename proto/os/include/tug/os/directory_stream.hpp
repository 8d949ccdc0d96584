#pragma once

#include <dirent.h>

#include <memory>

namespace tug::os {

struct close_directory {
    void operator()(DIR* stream) const noexcept { ::closedir(stream); }
};

/// The entries of a directory, read with readdir(3) by one thread. Closes itself.
using directory_stream = std::unique_ptr<DIR, close_directory>;

/// A stream over an open directory, with a position of its own. nullptr, with errno, where there is none.
[[nodiscard]] directory_stream open_stream(int directory);

} // namespace tug::os

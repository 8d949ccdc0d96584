#include "local_remedy.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tug::detail {

std::string_view local_remedy(std::string_view os_error) noexcept {
    using entry = std::pair<std::string_view, std::string_view>;
    static constexpr std::array remedies{
        entry{"ENOENT", "check the path, and that its directory exists"},
        entry{"ENOTDIR", "check the path: a part of it is a file where a directory has to be"},
        entry{"EISDIR", "name a file, not a directory"},
        entry{"ELOOP", "name the file itself: the symlinks of the path lead in a circle"},
        entry{"ENAMETOOLONG", "choose a shorter name"},
        entry{"EACCES", "change the permissions of the file or its directory, or act as a user that has them"},
        entry{"EPERM", "look for a sticky directory or attributes (lsattr) that forbid it, or act as the owner"},
        entry{"EROFS", "choose a place on a file system that is mounted for writing"},
        entry{"ENOSPC", "free space on that file system, or choose another"},
        entry{"EDQUOT", "free space or have the quota raised, or choose another file system"},
        entry{"EFBIG", "choose a file system that takes files of that size, or raise ulimit -f"},
        entry{"EMFILE", "raise the limit of open files (ulimit -n), or transfer fewer files at once"},
        entry{"ENFILE", "wait until the host has fewer files open, or raise fs.file-max"},
        entry{"ENOMEM", "free memory and try again"},
        entry{"ETXTBSY", "end the program that runs from that file, or choose another name"},
        entry{"EBUSY", "choose another name: the file is in use, for instance as a mount point"},
        entry{"EIO", "look into the kernel's log: the disk or the file server fails"},
        entry{"ESTALE", "mount the file system again: its server has another one now"},
        entry{"EBADF", "check the redirection: the descriptor is not open, or not in that direction"},
        entry{"ENXIO", "check that something is at the other end: a socket or a device without one cannot be opened"},
        entry{"EPIPE", "check why the reader of the output ended"},
        entry{"EAGAIN", "choose another file: this one has nothing to read at present"},
    };
    const auto* const found = std::ranges::find(remedies, os_error, &entry::first);
    return found == remedies.end() ? std::string_view() : found->second;
}

} // namespace tug::detail

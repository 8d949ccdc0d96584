#pragma once

#include <string>

namespace tug {

/// What a local path means as the place for a file that comes from a server. Symlinks at its end are followed, as cp(1)
/// does, also to a file that does not exist yet.
///
/// A file there is replaced as a whole, by a rename. Never to be replaced, but opened and written to, is a stream:
/// - what is no regular file and no directory: a device, a fifo (also that of `>(…)`), a socket;
/// - what a descriptor stands for: /dev/stdout, /dev/fd/N, /proc/self/fd/N, whatever is behind it, also a deleted file;
/// - all else that is reached by way of /dev, /proc or /sys. /dev/shm is a place for files as any other.
class local_target {
public:
    /// Looks at the file system, and may block on it. A path that leads nowhere is taken for that of a file: to open it
    /// tells what is wrong.
    explicit local_target(std::string path);

    [[nodiscard]] bool is_stream() const noexcept { return stream_; }

    /// Where the links of the path led to; the path itself where it is none. It is still a link where that may not be
    /// followed: in a circle, or one of another user's that the kernel refuses (fs.protected_symlinks).
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    /// Why path() is a link still, an errno; 0 where it is none.
    [[nodiscard]] int link_error() const noexcept { return link_error_; }

    /// True where something is at path(), or may be: it cannot be looked at.
    [[nodiscard]] bool exists() const noexcept { return exists_; }

    /// Opens a stream for writing; the caller closes the descriptor. A descriptor of this process is duplicated, so
    /// that it goes on where it stands: what its file holds before and after stays. One that is closed on exec is no
    /// part of what the process was started with: EBADF. -1, with errno, where it cannot be opened. Blocks as open(2)
    /// does: on a fifo until it has a reader.
    [[nodiscard]] int open_stream() const;

private:
    [[nodiscard]] bool step();

    std::string path_;
    int link_error_ = 0;
    bool exists_ = true;
    bool stream_ = false;
    int own_descriptor_ = -1;        // that the path stands for
    bool others_descriptor_ = false; // the path stands for a descriptor of another process
};

} // namespace tug

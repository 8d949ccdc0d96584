#pragma once

#include <tug/os/resolve.hpp>
#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tug::os {

/// How names are looked up below the root; anything but automatic is for tests.
enum class resolver {
    automatic, ///< openat2 where the kernel has it and seccomp lets it pass, else the walk.
    kernel,
    walk,
};

/// A regular file, open for reading.
struct opened_file {
    unique_fd fd;
    std::uint64_t size = 0;      ///< Bytes at the time of opening.
    unsigned mode = 0;           ///< Permission bits, & 0777.
    std::int64_t mtime_ns = 0;   ///< Since the epoch; the nearest that 64 bits hold.
    std::int64_t changed_ns = 0; ///< The time of the last change of content or status (ctime), as mtime_ns.
};

/// What becomes of a symlink at the end of a path.
enum class last_link {
    kept,     ///< The name is that of the link itself.
    followed, ///< The name is that of what it leads to, which need not exist.
};

/// Where a put goes: a directory, open for reading, and a name in it that is a plain single component.
struct put_target {
    unique_fd directory;
    std::string name;
};

/// The directory that clients see as "/". Paths are texts of requests; whatever they hold and whatever is renamed
/// underneath meanwhile, nothing outside is opened or created.
/// Methods are thread safe and may block on the file system: call them on a blocking thread. Failures are those of
/// PROTOCOL.md ("Paths"); their messages hold the request's own text at most. Needs /proc for
/// open_read().
class root {
public:
    /// Opens `directory`, a path of the host. Fails as the OS says.
    [[nodiscard]] static proto::result<root> open(const std::string& directory, resolver how = resolver::automatic);

    /// The directory `path` as a root of its own: what is below it and nothing else.
    [[nodiscard]] proto::result<root> open_below(std::string_view path) const;

    /// Opens a regular file for reading, with O_NONBLOCK, so that those of /proc that would wait for news (kmsg) answer
    /// EAGAIN. Anything else is refused without having been opened: is_directory, not_a_regular_file. Never blocks on a
    /// fifo.
    [[nodiscard]] proto::result<opened_file> open_read(std::string_view path) const;

    /// Opens a directory (O_PATH) that may be entered, as fchdir() needs it. A file there is not_found (ENOTDIR).
    [[nodiscard]] proto::result<unique_fd> open_directory(std::string_view path) const;

    /// The node itself (O_PATH), of whatever type; a symlink at the end of the path is followed or is the node.
    [[nodiscard]] proto::result<unique_fd> open_node(std::string_view path, last_link at_end) const;

    /// Where the last component of `path` is or may be made: its directory (O_PATH) and the name, which need not exist.
    /// A symlink there is the name itself. Slashes behind it are ignored. is_directory for what is no name (".", "/").
    [[nodiscard]] proto::result<place> open_place(std::string_view path, bool make_parents = false) const;

    /// Opens the directory that the last component of `path` is to be put in; it must be readable, as it has to be for
    /// fsync. With make_parents what is missing is made, mode 0755 whatever the umask, and stays should the put fail;
    /// `durable` then syncs every directory that got a new entry; directories that a symlink at the end names are not
    /// made. A target that is no symlink is not looked at. A link that takes its place later is not followed any more.
    [[nodiscard]] proto::result<put_target> open_parent(std::string_view path, bool make_parents, bool durable,
                                                        last_link at_end = last_link::kept) const;

    /// Opens the regular file that a put of `path` would replace, for writing into it. None where there is none, or
    /// where the link that stands there was not to be followed; else as open_read(), and as open_parent() what the
    /// path says by itself. A file of a directory that cannot be read or written will do.
    [[nodiscard]] proto::result<unique_fd> open_write(std::string_view path, last_link at_end) const;

    /// The root itself, for fchdir(): O_PATH, and open as long as this lives.
    [[nodiscard]] int descriptor() const noexcept { return fd_.get(); }

    /// True where lookups go through openat2.
    [[nodiscard]] bool uses_kernel() const noexcept { return kernel_; }

private:
    root(unique_fd fd, bool kernel) noexcept : fd_(std::move(fd)), kernel_(kernel) {}

    [[nodiscard]] os_result<unique_fd> resolve(const std::string& path, int flags) const;
    [[nodiscard]] proto::result<place> find_place(std::string_view path, last_link at_end, bool make_parents,
                                                  bool durable) const;
    [[nodiscard]] os_result<unique_fd> make_directories(const std::string& path, bool durable) const;
    [[nodiscard]] os_result<unique_fd> enter_or_make(int parent, const std::string& prefix, const std::string& name,
                                                     bool durable) const;

    unique_fd fd_;
    bool kernel_;
};

} // namespace tug::os

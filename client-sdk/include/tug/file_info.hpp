#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug {

enum class file_type { file, directory, symlink, fifo, socket, block, character };

/// "file", "directory", "symlink", "fifo", "socket", "block" or "char".
[[nodiscard]] std::string_view name_of(file_type type) noexcept;

/// What the file system of the host says of a file.
struct file_info {
    file_type type = file_type::file;
    std::uint64_t size = 0;    ///< In bytes.
    std::uint32_t mode = 0;    ///< Permission bits with setuid, setgid and sticky: 07777.
    std::int64_t mtime_ns = 0; ///< Nanoseconds since the epoch; negative before 1970.
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string user; ///< Empty where the host has no name; so is `group`.
    std::string group;
    std::uint64_t links = 0;           ///< Names of the file.
    std::optional<std::string> target; ///< What a symlink says; any bytes.
};

/// An entry of a listing.
struct file_entry {
    std::string path;              ///< Relative to the directory that was listed; any bytes.
    std::optional<file_info> info; ///< Nothing where it could not be looked at or into.
    std::string digest;            ///< Of a file, where list_options::digest asked for it.
    std::string error;             ///< Then the name of the errno, "EACCES".
};

/// What files::set() changes; what is absent stays.
struct file_attributes {
    std::optional<std::uint32_t> mode; ///< 0 to 0777.
    std::optional<std::int64_t> mtime_ns;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
};

/// Of a file system.
struct file_space {
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t available_bytes = 0; ///< To a user without privileges.
    std::uint64_t files_free = 0;
};

/// What becomes of a symlink at the end of a path.
enum class symlinks {
    follow, ///< It is what it leads to that is meant.
    keep,   ///< It is the link itself.
};

/// How much of a tree is meant.
enum class depth {
    one, ///< The directory itself: for list() what is in it, for remove() only where nothing is.
    all, ///< All that is below it.
};

enum class rename_mode {
    overwrite, ///< What is at the new name is replaced in one step.
    keep,      ///< already_exists where something is there.
    exchange,  ///< Both names are there, and change places in one step.
};

} // namespace tug

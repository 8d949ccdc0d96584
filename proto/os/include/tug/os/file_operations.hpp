#pragma once

#include <tug/os/root.hpp>

#include <tug/proto/error.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace tug::os {

// What can be done to files below a root besides reading and storing them. Every path is looked up by descriptors, as
// root has it, and the last name of it is never followed unless said; whatever is renamed meanwhile, nothing outside is
// touched. Paths are texts of requests, and failures say no more than these. Thread safe; they block on the file
// system.

/// Makes a directory with that mode, not cut by the umask. `parents` also makes what is missing on the way, mode 0755,
/// and is content with a directory that is there. Else already_exists.
[[nodiscard]] proto::result<void> make_directory_at(const root& files, std::string_view path, bool parents,
                                                    std::uint32_t mode);

/// Removes a file, a symlink or an empty directory; with `recursive` a directory with all that is in it, symlinks as
/// such. `stop` is asked before each entry: true ends the work with `cancelled`. What was removed before a failure is
/// gone. Returns how many entries are gone. is_directory for a directory that is not empty, where not recursive.
[[nodiscard]] proto::result<std::uint64_t> remove_at(const root& files, std::string_view path, bool recursive,
                                                     const std::function<bool()>& stop);

enum class rename_mode {
    overwrite, ///< What is at the new name is replaced in one step.
    keep,      ///< already_exists where something is there.
    exchange,  ///< Both names are there, and change places in one step.
};

/// Gives a node another name. io_error (EXDEV) over the bounds of a file system.
[[nodiscard]] proto::result<void> rename_at(const root& files, std::string_view from, std::string_view to,
                                            rename_mode how);

/// Makes a symlink that says `target`, whatever that is.
[[nodiscard]] proto::result<void> make_symlink_at(const root& files, std::string_view path, std::string_view target);

/// Gives a file a second name. A symlink gets one itself.
[[nodiscard]] proto::result<void> make_link_at(const root& files, std::string_view from, std::string_view to);

/// What set_attributes_at() changes; what is absent stays.
struct file_attributes {
    std::optional<std::uint32_t> mode; ///< Bits 0777. A directory keeps its setgid and sticky bit, a file loses them.
    std::optional<std::int64_t> mtime_ns;
    std::optional<std::uint32_t> uid;
    std::optional<std::uint32_t> gid;
};

[[nodiscard]] proto::result<void> set_attributes_at(const root& files, std::string_view path, last_link at_end,
                                                    const file_attributes& to);

/// Of the file system that a path is on.
struct file_system_space {
    std::uint64_t total_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t available_bytes = 0; ///< To a user without privileges.
    std::uint64_t files_free = 0;      ///< Inodes.
};

[[nodiscard]] proto::result<file_system_space> space_at(const root& files, std::string_view path);

} // namespace tug::os

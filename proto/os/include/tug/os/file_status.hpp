#pragma once

#include <tug/os/resolve.hpp>
#include <tug/proto/file_operation_messages.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tug::os {

using proto::file_type;

/// What the file system says of a node.
struct file_status {
    file_type type = file_type::file;
    std::uint64_t size = 0; ///< In bytes; of a symlink that of its target's text.
    std::uint32_t mode = 0; ///< Permission bits with setuid, setgid and sticky: 07777.
    std::int64_t mtime_ns = 0;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t links = 0;
    std::optional<std::string> target; ///< What a symlink says, any bytes.
    std::uint64_t device = 0;          ///< With `inode`: which file it is, by whatever name.
    std::uint64_t inode = 0;
    bool has_holes = false; ///< It takes less room than its size.
};

/// `node` may be a descriptor with O_PATH. Thread safe.
[[nodiscard]] os_result<file_status> status_of(int node);

/// The same of a name in a directory; a symlink is not followed.
[[nodiscard]] os_result<file_status> status_at(int directory, const std::string& name);

} // namespace tug::os

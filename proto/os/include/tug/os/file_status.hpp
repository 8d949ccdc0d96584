#pragma once

#include <tug/os/resolve.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace tug::os {

enum class file_type { file, directory, symlink, fifo, socket, block, character };

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
};

/// `node` may be a descriptor with O_PATH. Thread safe.
[[nodiscard]] os_result<file_status> status_of(int node);

} // namespace tug::os

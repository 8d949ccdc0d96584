#pragma once

#include "cli/local/byte_streams.hpp"

#include <sys/types.h>

#include <string>
#include <vector>

namespace tug::cli {

/// Where the shared connection is that this command line makes: in a directory of this user alone, XDG_RUNTIME_DIR/tug
/// or ~/.cache/tug, which is made. Empty where neither is to be had. Throws usage_error where others can write there.
[[nodiscard]] std::string socket_of_share(const std::vector<std::string>& command_line);

/// Held by one process at a time, beside the socket; null where it cannot be had.
[[nodiscard]] shared_descriptor lock_shares(const std::string& path);

[[nodiscard]] bool is_listened_at(const std::string& path);

/// Listens there, with mode 0600, in the place of what a process has left that is gone. Null where that fails.
[[nodiscard]] shared_descriptor listen_at(const std::string& path);

/// The name of a listening socket, which goes with this object, unless it is that of another socket by then.
class listening_name {
public:
    explicit listening_name(int listener);
    ~listening_name();
    listening_name(const listening_name&) = delete;
    listening_name& operator=(const listening_name&) = delete;

private:
    std::string path_;
    dev_t device_ = 0;
    ino_t inode_ = 0;
};

} // namespace tug::cli

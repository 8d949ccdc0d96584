#pragma once

#include <tug/os/root.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace tug::service {

/// Which directory a path names: of what device and number, and by which mount it is reached.
struct directory_identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::uint64_t mount = 0; ///< 0 where the kernel does not tell (before 5.8).

    bool operator==(const directory_identity&) const = default;
};

/// The directory of the host that clients see as "/", by its path. It is open all the time, and opened anew when the
/// path names another one: after a mount over it, after a rename, after it was removed and made again, or when a
/// symlink on the way was changed. Thread safe.
class served_root {
public:
    /// Opens `directory`; a relative path starts where the process stands now, for good. Fails as the OS says.
    [[nodiscard]] static proto::result<served_root> open(const std::string& directory,
                                                         os::resolver how = os::resolver::automatic);

    served_root(served_root&& other) noexcept;
    served_root& operator=(served_root&&) = delete;

    /// The directory that the path names at this moment; every call begins with it. One look at the path (statx) where
    /// nothing has changed. io_error with the errno where the path names no directory that can be opened: what was
    /// open before is then out of every user's sight, and nothing may be stored or run there. May block.
    [[nodiscard]] proto::result<std::shared_ptr<const os::root>> now() const;

    /// How often now() has found another directory: what takes long asks whether the number is still the same.
    [[nodiscard]] std::uint64_t changes() const {
        const std::lock_guard lock(mutex_);
        return changes_;
    }

private:
    served_root(std::string path, os::resolver how) : path_(std::move(path)), how_(how) {}

    [[nodiscard]] proto::result<std::shared_ptr<const os::root>> keep(os::root opened) const;

    std::string path_;
    os::resolver how_;
    mutable std::mutex mutex_; ///< Of what is below.
    mutable std::shared_ptr<const os::root> current_;
    mutable directory_identity identity_;
    mutable std::uint64_t changes_ = 0;
};

} // namespace tug::service

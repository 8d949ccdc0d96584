#include "served_root.hpp"

#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace tug::service {

namespace {

/// Of what `path` names, or of `at` itself where it is empty.
os::os_result<directory_identity> identify(int at, const std::string& path) {
    const int flags = AT_STATX_DONT_SYNC | (path.empty() ? AT_EMPTY_PATH : 0);
    struct statx st{};
    if (::statx(at, path.c_str(), flags, STATX_INO | STATX_MNT_ID, &st) == 0)
        return directory_identity{::makedev(st.stx_dev_major, st.stx_dev_minor), st.stx_ino,
                                  (st.stx_mask & STATX_MNT_ID) != 0 ? st.stx_mnt_id : 0};
    // A kernel or a filter of system calls may not know statx; where it is missing glibc refuses the flag by EINVAL.
    struct stat old{};
    if ((errno != ENOSYS && errno != EPERM && errno != EINVAL) ||
        ::fstatat(at, path.c_str(), &old, flags & AT_EMPTY_PATH) != 0)
        return os::os_error(errno);
    return directory_identity{old.st_dev, old.st_ino, 0};
}

/// Says what is wrong, and not where: the path is the host's. Want of memory or descriptors says nothing of the root.
proto::failure cannot_open(int err) {
    auto why = os::file_failure(err, "the root directory of tugd cannot be opened now");
    if (why.code == proto::errc::busy) return why;
    why.code = proto::errc::io_error;
    why.message = "the root directory of tugd was removed, renamed, unmounted or closed to it, and cannot be opened: " +
                  why.os_error;
    return why;
}

} // namespace

served_root::served_root(served_root&& other) noexcept
    : path_(std::move(other.path_)),
      how_(other.how_),
      current_(std::move(other.current_)),
      identity_(other.identity_),
      changes_(other.changes_) {}

proto::result<served_root> served_root::open(const std::string& directory, os::resolver how) {
    // Not by way of ".": that stays the same directory, whatever becomes of its name.
    std::error_code unknown;
    const auto path = std::filesystem::absolute(directory, unknown);
    if (unknown) return os::file_failure(unknown.value(), "cannot find the root directory");
    auto opened = os::root::open(path.string(), how);
    if (!opened) return opened.error();
    served_root out(path.string(), how);
    if (const auto kept = out.keep(std::move(*opened)); !kept) return kept.error();
    return out;
}

proto::result<std::shared_ptr<const os::root>> served_root::now() const {
    const auto seen = identify(AT_FDCWD, path_);
    if (!seen) return cannot_open(seen.error().value());
    {
        const std::lock_guard lock(mutex_);
        if (*seen == identity_) return current_;
    }
    auto opened = os::root::open(path_, how_);
    if (!opened) return cannot_open(os::errno_of(opened.error().os_error));
    return keep(std::move(*opened));
}

/// The identity is that of the open directory: should the path have changed once more, the next call sees it.
proto::result<std::shared_ptr<const os::root>> served_root::keep(os::root opened) const {
    const auto identity = identify(opened.descriptor(), "");
    if (!identity) return cannot_open(identity.error().value());
    const std::lock_guard lock(mutex_);
    current_ = std::make_shared<const os::root>(std::move(opened));
    if (identity_ != *identity) ++changes_;
    identity_ = *identity;
    return current_;
}

} // namespace tug::service

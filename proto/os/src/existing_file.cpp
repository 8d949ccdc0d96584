#include "tug/os/existing_file.hpp"

#include "tug/os/errno.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>

#include <cerrno>

namespace tug::os {

namespace {

bool same_time(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/// Nothing was written to it and nothing of it was set in between.
bool is_same(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && same_time(a.st_mtim, b.st_mtim) &&
           same_time(a.st_ctim, b.st_ctim);
}

} // namespace

proto::result<std::optional<existing_file>> existing_file::open(int directory, const std::string& name) {
    struct stat st{};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
        return std::optional<existing_file>();
    unique_fd file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file && (errno == ENOENT || errno == ELOOP)) return std::optional<existing_file>();
    if (!file || ::fstat(file.get(), &st) != 0) return file_failure(errno, "cannot read " + quoted(name));
    if (!S_ISREG(st.st_mode)) return std::optional<existing_file>();
    return std::optional(existing_file(std::move(file), st));
}

proto::result<void> existing_file::hold(int directory, const std::string& name) const {
    // A file system without locks, or one that wants a file to be open for writing (NFS), passes.
    if (!lock_temporary(file_.get()) && errno == EWOULDBLOCK)
        return proto::failure(proto::errc::busy, quoted(name) + " is locked by another process");
    struct stat now{};
    if (::fstat(file_.get(), &now) == 0 && is_same(now, status_) && is_named(directory, name, file_.get())) return {};
    return proto::failure(proto::errc::precondition_failed, quoted(name) + " was changed while its successor was sent");
}

} // namespace tug::os

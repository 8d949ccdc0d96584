#include "tug/os/staged_file.hpp"

#include "nameless_file.hpp"
#include "replaced_file.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/partial_file.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"
#include "tug/os/write_all.hpp"
#include "umask.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cstdio>

namespace tug::os {

namespace {

constexpr int name_attempts = 16; // names are random: a second one is needed only when another process interferes
constexpr mode_t private_mode = 0600;

/// False where another process has the lock. A file system without locks passes: no process can lock, so none sweeps
/// there.
bool lock(int fd) {
    return lock_temporary(fd) || errno != EWOULDBLOCK;
}

proto::failure exists(const std::string& name) {
    return {proto::errc::already_exists, quoted(name) + " exists"};
}

/// What close(2) reports, while the file stays open: file systems that keep errors back until then, as NFS does, are
/// asked by the close of any of its descriptors. EINTR says nothing about the data.
int write_back(int fd) {
    const int duplicate = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (duplicate < 0) return errno;
    return ::close(duplicate) == 0 || errno == EINTR ? 0 : errno;
}

/// Where a nameless file needs /proc to get its name, it is found out too late that there is none.
bool can_name_nameless() {
    static const bool can = ::access("/proc/self/fd", X_OK) == 0;
    return can;
}

} // namespace

proto::result<staged_file> staged_file::create(unique_fd directory, std::string name, const staged_options& options,
                                               staging how) {
    assert(((options.mode.value_or(0) | options.new_mode) & ~0777U) == 0);
    staged_file staged(std::move(directory), std::move(name), options);
    if (options.early_check)
        if (const auto ok = staged.check_target(); !ok) return ok.error();
    int err = how == staging::automatic && can_name_nameless() ? staged.open_nameless() : EOPNOTSUPP;
    // How file systems and kernels without O_TMPFILE say so.
    if (err == EOPNOTSUPP || err == EISDIR || err == EINVAL || err == ENOSYS) err = staged.open_named();
    if (err != 0) return staged.failed(err);
    return staged;
}

proto::result<staged_file> staged_file::resume(unique_fd directory, std::string name, const staged_options& options,
                                               const std::string& partial, std::uint64_t most) {
    staged_file staged(std::move(directory), std::move(name), options);
    if (options.early_check)
        if (const auto ok = staged.check_target(); !ok) return ok.error();
    auto kept = open_partial(staged.directory_.get(), partial, most);
    if (!kept) return kept.error();
    staged.file_ = std::move(kept->fd);
    staged.size_ = kept->size;
    staged.temporary_ = partial;
    if (options.obey_umask) staged.allowed_ = 0777U & ~current_umask();
    return staged;
}

/// True where something is there that may be replaced.
proto::result<bool> staged_file::check_target() const {
    struct stat st{};
    if (::fstatat(directory_.get(), name_.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return false;
        return file_failure(errno, quoted(name_));
    }
    if (S_ISDIR(st.st_mode)) return proto::failure(proto::errc::is_directory, quoted(name_) + " is a directory");
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return proto::failure(proto::errc::not_a_regular_file, quoted(name_) + " is no regular file");
    if (!options_.overwrite) return exists(name_);
    return true;
}

int staged_file::access() const noexcept {
    return options_.readable ? O_RDWR : O_WRONLY;
}

int staged_file::open_nameless() {
    // No process can open it before it has a name, so it may be made with all bits: those that are left are what the
    // umask, or the default ACL of the directory, allows.
    const mode_t mode = options_.obey_umask ? 0777 : private_mode;
    file_.reset(::openat(directory_.get(), ".", O_TMPFILE | access() | O_CLOEXEC, mode));
    struct stat made{};
    if (!file_ || ::fstat(file_.get(), &made) != 0) return errno;
    if (options_.obey_umask) allowed_ = made.st_mode & 0777U;
    return 0;
}

int staged_file::open_named() {
    const int directory = directory_.get();
    for (int attempt = 0; attempt < name_attempts; ++attempt) {
        auto name = random_temporary_name();
        if (name.empty()) return errno;
        file_.reset(
            ::openat(directory, name.c_str(), access() | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, private_mode));
        if (!file_ && errno == EEXIST) continue;
        if (!file_) return errno;
        // A sweeper may have come between the two calls and have taken it for a leftover.
        const bool locked = lock(file_.get());
        if (locked && is_named(directory, name, file_.get())) {
            temporary_ = std::move(name);
            if (options_.obey_umask) allowed_ = 0777U & ~current_umask();
            return 0;
        }
        ::unlinkat(directory, name.c_str(), 0);
        file_.reset();
    }
    return EAGAIN;
}

proto::result<void> staged_file::write(std::span<const std::byte> bytes) {
    assert(file_);
    if (const int err = write_all(file_.get(), bytes)) return failed(err);
    size_ += bytes.size();
    return {};
}

/// Also at the end: the last bytes may be a hole.
proto::result<void> staged_file::skip(std::uint64_t bytes) {
    assert(file_);
    size_ += bytes;
    const auto end = static_cast<off_t>(size_);
    if (::ftruncate(file_.get(), end) != 0 || ::lseek(file_.get(), end, SEEK_SET) != end) return failed(errno);
    return {};
}

proto::result<void> staged_file::write_at(std::uint64_t position, std::span<const std::byte> bytes) {
    assert(file_);
    while (!bytes.empty()) {
        const auto n = ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(position));
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(errno);
        bytes = bytes.subspan(static_cast<std::size_t>(n));
        position += static_cast<std::uint64_t>(n);
    }
    return {};
}

proto::result<void> staged_file::set_size(std::uint64_t size) {
    assert(file_);
    if (::ftruncate(file_.get(), static_cast<off_t>(size)) != 0) return failed(errno);
    size_ = size;
    return {};
}

proto::result<void> staged_file::commit() {
    assert(file_);
    const auto replaces = check_target();
    if (!replaces) {
        discard();
        return replaces.error();
    }
    if (const int err = complete(*replaces)) return failed(err);
    if (options_.before_name) {
        if (auto ok = options_.before_name(directory_.get(), name_); !ok) {
            discard();
            return ok;
        }
    }
    if (const int err = take_name()) return failed(err);
    file_.reset();
    // EINVAL: the file system has no such thing as a sync of a directory. EBADF: it may not be read, so not be synced.
    if (options_.durable && ::fsync(directory_.get()) != 0 && errno != EINVAL && errno != EBADF) {
        auto f = file_failure(errno, "the file is stored, but its directory could not be synced");
        f.code = proto::errc::io_error;
        f.stored = true;
        return f;
    }
    return {};
}

/// All that must be true of the file before it has its name.
int staged_file::complete(bool replaces) const {
    const auto replaced = replaces ? replaced_file::open(directory_.get(), name_) : std::nullopt;
    if (replaced) {
        if (const int err = replaced->pass_on(file_.get(), options_.mode)) return err;
    } else if (::fchmod(file_.get(), options_.mode.value_or(options_.new_mode & allowed_)) != 0) {
        return errno;
    }
    if (const int err = set_mtime()) return err;
    if (replaced) replaced->pass_owner(file_.get());
    constexpr auto stays = static_cast<std::uint32_t>(-1);
    if ((options_.uid || options_.gid) &&
        ::fchown(file_.get(), options_.uid.value_or(stays), options_.gid.value_or(stays)) != 0)
        return errno;
    if (options_.durable && ::fsync(file_.get()) != 0) return errno;
    return write_back(file_.get());
}

int staged_file::set_mtime() const {
    if (!options_.mtime_ns) return 0;
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, to_timespec(*options_.mtime_ns)};
    return ::futimens(file_.get(), times) == 0 ? 0 : errno;
}

int staged_file::take_name() {
    if (!options_.overwrite) return take_free_name();
    if (temporary_.empty()) {
        const int err = link_as(name_);
        if (err != EEXIST) return err;
        if (const int linked = link_temporary()) return linked; // a link replaces nothing, a rename needs a name
    }
    const int directory = directory_.get();
    if (::renameat(directory, temporary_.c_str(), directory, name_.c_str()) != 0) return errno;
    temporary_.clear();
    return 0;
}

/// As take_name(), but never replaces what has appeared meanwhile: EEXIST.
int staged_file::take_free_name() {
    if (temporary_.empty()) return link_as(name_);
    const int directory = directory_.get();
    const char* from = temporary_.c_str();
    const char* to = name_.c_str();
    if (::renameat2(directory, from, directory, to, RENAME_NOREPLACE) != 0) {
        if (errno != EINVAL && errno != ENOSYS && errno != EPERM) return errno;
        // A file system that does not know the flag, or a seccomp filter the call: a link does not replace either.
        if (::linkat(directory, from, directory, to, 0) != 0) return errno;
        ::unlinkat(directory, from, 0);
    }
    temporary_.clear();
    return 0;
}

int staged_file::link_as(const std::string& name) const {
    return link_nameless(file_.get(), directory_.get(), name.c_str());
}

int staged_file::link_temporary() {
    static_cast<void>(lock(file_.get())); // until now no other process could reach it
    int err = EEXIST;
    for (int attempt = 0; attempt < name_attempts && err == EEXIST; ++attempt) {
        auto name = random_temporary_name();
        if (name.empty()) return errno;
        err = link_as(name);
        if (err == 0) temporary_ = std::move(name);
    }
    return err == EEXIST ? EAGAIN : err;
}

proto::failure staged_file::failed(int err) {
    discard();
    switch (err) {
    case EEXIST: return exists(name_);
    case EISDIR: return {proto::errc::is_directory, quoted(name_) + " is a directory"};
    default: return file_failure(err, "cannot store " + quoted(name_));
    }
}

proto::result<void> staged_file::begin_anew() {
    if (::ftruncate(file_.get(), 0) != 0 || ::lseek(file_.get(), 0, SEEK_SET) != 0) return failed(errno);
    size_ = 0;
    return {};
}

void staged_file::leave() noexcept {
    if (size_ < worth_keeping || !is_partial_name(temporary_)) return discard();
    temporary_.clear();
    file_.reset();
}

void staged_file::discard() noexcept {
    if (!file_) return;
    if (!temporary_.empty()) ::unlinkat(directory_.get(), temporary_.c_str(), 0);
    file_.reset(); // after the unlink: unlocked, any process could sweep the name
}

} // namespace tug::os

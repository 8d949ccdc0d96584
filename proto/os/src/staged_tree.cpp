#include "tug/os/staged_tree.hpp"

#include "remove_tree.hpp"
#include "tug/os/directory_stream.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <functional>

namespace tug::os {

namespace {

constexpr int tree_name_attempts = 16;
constexpr int open_directory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

/// What is ours altogether, also where its modes keep us out.
int remove_own(int parent, const std::string& name) {
    const std::function<bool()> never = [] { return false; };
    tree_removal work(parent, name, never);
    work.open_closed();
    return work.run();
}

void remove_if_stale(int directory, const std::string& name) {
    const unique_fd fd(::openat(directory, name.c_str(), open_directory));
    struct stat st{};
    if (!fd || ::fstat(fd.get(), &st) != 0 || st.st_uid != ::geteuid()) return;
    // Who has the lock knows that no writer uses it; by then its writer may have given it another name.
    if (lock_temporary(fd.get()) && is_named(directory, name, fd.get())) static_cast<void>(remove_own(directory, name));
}

/// Where others may rename what is ours, they could give that name to any directory of ours and have it removed.
bool others_may_rename(int directory) {
    struct stat st{};
    if (::fstat(directory, &st) != 0 || (st.st_uid != ::geteuid() && st.st_uid != 0)) return true;
    return (st.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (st.st_mode & S_ISVTX) == 0;
}

} // namespace

void remove_stale_trees(int directory) {
    if (others_may_rename(directory)) return;
    const auto stream = open_stream(directory);
    if (!stream) return;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this function's alone
    while (const auto* entry = ::readdir(stream.get())) {
        if (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN) continue;
        const std::string name(static_cast<const char*>(entry->d_name));
        if (is_temporary_name(name) && !is_partial_name(name)) remove_if_stale(directory, name);
    }
}

proto::result<staged_tree> staged_tree::create(unique_fd parent, std::string name, tree_target target) {
    staged_tree out(std::move(parent), std::move(name), target);
    if (const auto ok = out.check_target(); !ok) return ok.error();
    remove_stale_trees(out.parent_.get());
    if (const int err = out.make()) return out.failed(err);
    return out;
}

/// Whether something is there that may be replaced.
proto::result<bool> staged_tree::check_target() const {
    struct stat st{};
    if (::fstatat(parent_.get(), name_.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return false;
        return failed(errno);
    }
    if (target_ == tree_target::none) return failed(EEXIST);
    if (!S_ISDIR(st.st_mode))
        return proto::failure(proto::errc::already_exists, quoted(name_) + " exists and is no directory");
    return true;
}

int staged_tree::make() {
    for (int attempt = 0; attempt < tree_name_attempts; ++attempt) {
        auto name = random_temporary_name();
        if (name.empty()) return errno;
        if (::mkdirat(parent_.get(), name.c_str(), S_IRWXU) != 0) {
            if (errno == EEXIST) continue;
            return errno;
        }
        top_.reset(::openat(parent_.get(), name.c_str(), open_directory));
        if (!top_) return errno;
        // A sweeper may have come between the calls; a file system without locks passes, none sweeps there.
        const bool locked = lock_temporary(top_.get()) || errno != EWOULDBLOCK;
        if (locked && is_named(parent_.get(), name, top_.get())) {
            temporary_ = std::move(name);
            return 0;
        }
    }
    return EAGAIN;
}

proto::result<void> staged_tree::commit(bool durable) {
    if (durable && ::syncfs(top_.get()) != 0) {
        const int err = errno;
        discard();
        return failed(err);
    }
    if (auto taken = take_name(); !taken) {
        discard();
        return taken;
    }
    top_.reset();
    proto::result<void> out;
    const auto stored = [&](int err, std::string_view what) {
        auto f = file_failure(err, "the tree is stored, but " + std::string(what));
        f.code = proto::errc::io_error;
        f.stored = true;
        out = f;
    };
    if (durable && ::fsync(parent_.get()) != 0 && errno != EINVAL) stored(errno, "its directory could not be synced");
    if (!temporary_.empty())
        if (const int err = remove_own(parent_.get(), std::exchange(temporary_, {})))
            stored(err, "what was there before could not be removed");
    old_.reset();
    return out;
}

/// Afterwards temporary_ is the name of the old tree, where there was one.
proto::result<void> staged_tree::take_name() {
    const int parent = parent_.get();
    auto there = check_target();
    if (!there) return there.error();
    if (*there) {
        // Under the name of a temporary it is locked as one.
        old_.reset(::openat(parent, name_.c_str(), open_directory));
        if (old_) static_cast<void>(lock_temporary(old_.get()));
        if (::renameat2(parent, temporary_.c_str(), parent, name_.c_str(), RENAME_EXCHANGE) == 0) return {};
        auto f = failed(errno);
        f.message += "; this directory cannot be replaced in one step: \"merge\" changes what is in it";
        return f;
    }
    if (::renameat2(parent, temporary_.c_str(), parent, name_.c_str(), RENAME_NOREPLACE) != 0) return failed(errno);
    temporary_.clear();
    return {};
}

proto::failure staged_tree::failed(int err) const {
    if (err == EEXIST) return {proto::errc::already_exists, quoted(name_) + " exists"};
    return file_failure(err, "cannot store the tree " + quoted(name_));
}

void staged_tree::discard() noexcept {
    if (temporary_.empty()) return;
    static_cast<void>(remove_own(parent_.get(), std::exchange(temporary_, {})));
    top_.reset(); // after it: unlocked, any process could sweep the name
}

} // namespace tug::os

#include "remove_tree.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace tug::os {

int tree_removal::run() {
    if (const int err = enter(parent_, name_)) return err;
    while (!levels_.empty()) {
        if (stop_()) return ECANCELED;
        errno = 0;
        // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this object's alone
        const auto* entry = ::readdir(levels_.back().entries.get());
        if (entry == nullptr && errno != 0) return errno;
        const int err = entry == nullptr ? leave() : remove_entry(entry->d_name);
        if (err != 0) return err;
    }
    return 0;
}

int tree_removal::enter(int parent, const std::string& name) {
    where_ = name;
    unique_fd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return errno;
    auto entries = open_stream(fd.get());
    if (!entries) return errno;
    levels_.push_back({std::move(fd), std::move(entries), name});
    return 0;
}

int tree_removal::remove_entry(const std::string& name) {
    if (name == "." || name == "..") return 0;
    const int here = levels_.back().fd.get();
    where_ = name;
    if (::unlinkat(here, name.c_str(), 0) == 0) {
        ++removed_;
        return 0;
    }
    if (errno == ENOENT) return 0; // another process was faster
    if (errno != EISDIR && errno != EPERM) return errno;
    const int refused = errno;
    if (levels_.size() == most_held) return move_up(name);
    const int err = enter(here, name);
    return err == ENOTDIR || err == ELOOP ? refused : err;
}

/// The directory is empty, but for what came since.
int tree_removal::leave() {
    const auto emptied = std::move(levels_.back());
    levels_.pop_back();
    const int above = levels_.empty() ? parent_ : levels_.back().fd.get();
    where_ = emptied.name;
    if (::unlinkat(above, emptied.name.c_str(), AT_REMOVEDIR) == 0) {
        ++removed_;
        return 0;
    }
    if (errno == ENOENT) return 0;
    if (errno != ENOTEMPTY && errno != EEXIST) return errno;
    // Subtrees that were moved up may have come behind the place that the stream had read to.
    return enter(above, emptied.name);
}

/// A name may be taken, by a removal that was cut off.
int tree_removal::move_up(const std::string& name) {
    const int top = levels_.front().fd.get();
    for (;;) {
        const auto free_name = ".tug-removed-" + std::to_string(::getpid()) + "-" + std::to_string(moved_++);
        if (::renameat(levels_.back().fd.get(), name.c_str(), top, free_name.c_str()) == 0) return 0;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR) return errno;
    }
}

} // namespace tug::os

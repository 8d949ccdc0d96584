#include "remove_tree.hpp"

#include "descriptor_path.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace tug::os {

namespace {

/// Gives its owner all rights to a directory; `name` in `parent`, or `parent` itself. No symlink is followed.
bool open_up(int parent, const char* name) {
    const unique_fd node(::openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    return node && ::chmod(descriptor_path(node.get()).c_str(), S_IRWXU) == 0;
}

} // namespace

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
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    unique_fd fd(::openat(parent, name.c_str(), flags));
    if (!fd && errno == EACCES && opens_closed_ && open_up(parent, name.c_str()))
        fd.reset(::openat(parent, name.c_str(), flags));
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
    const int refused = unlink(here, name, 0);
    if (refused == 0) {
        ++removed_;
        return 0;
    }
    if (refused == ENOENT) return 0; // another process was faster
    if (refused != EISDIR && refused != EPERM) return refused;
    if (levels_.size() == most_held) return move_up(name);
    const int err = enter(here, name);
    return err == ENOTDIR || err == ELOOP ? refused : err;
}

int tree_removal::unlink(int directory, const std::string& name, int flags) const {
    if (::unlinkat(directory, name.c_str(), flags) == 0) return 0;
    if (errno != EACCES || !opens_closed_ || !open_up(directory, ".")) return errno;
    return ::unlinkat(directory, name.c_str(), flags) == 0 ? 0 : errno;
}

/// The directory is empty, but for what came since.
int tree_removal::leave() {
    const auto emptied = std::move(levels_.back());
    levels_.pop_back();
    const int above = levels_.empty() ? parent_ : levels_.back().fd.get();
    where_ = emptied.name;
    const int err = levels_.empty() ? (::unlinkat(above, emptied.name.c_str(), AT_REMOVEDIR) == 0 ? 0 : errno)
                                    : unlink(above, emptied.name, AT_REMOVEDIR);
    if (err == 0) {
        ++removed_;
        return 0;
    }
    if (err == ENOENT) return 0;
    if (err != ENOTEMPTY && err != EEXIST) return err;
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

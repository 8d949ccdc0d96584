#include "tug/os/tree_watch.hpp"

#include "descriptor_path.hpp"
#include "has_gone.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

// Which directories a tree_watch watches; what comes of that is in tree_watch.cpp.

namespace tug::os {

namespace {

constexpr int watched_flags = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

constexpr std::uint32_t of_names =
    IN_CREATE | IN_DELETE | IN_MODIFY | IN_ATTRIB | IN_MOVED_FROM | IN_MOVED_TO | IN_EXCL_UNLINK;
constexpr std::uint32_t of_itself = IN_DELETE_SELF | IN_MOVE_SELF;

proto::failure no_room_for(std::size_t directories) {
    return {proto::errc::busy, "the host watches no more than the " + std::to_string(directories) +
                                   " directories it has come to: fs.inotify.max_user_watches is reached; raise it with "
                                   "sysctl, or watch a smaller tree"};
}

proto::failure no_inotify(int err) {
    if (err == ENOSYS || err == EPERM || err == ENOENT)
        return {proto::errc::unsupported, err == ENOENT ? "watching needs /proc, which the daemon has not"
                                                        : "the kernel, or a seccomp filter, has no inotify"};
    if (err == EMFILE)
        return {proto::errc::busy, "no more can be watched at a time: fs.inotify.max_user_instances, or the limit of "
                                   "open files of the daemon, is reached; raise it, or end another watch"};
    return file_failure(err, "cannot watch");
}

} // namespace

/// From nothing, also after events were lost: which directories there are is then found out anew. A fresh queue: the
/// old one would be filled again by the end of each watch.
proto::result<void> tree_watch::start(watch_event_kind at_end) {
    move_.reset();
    drop(std::move(tree_));
    by_watch_.clear();
    at_ = end_ = 0;
    inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!inotify_) return no_inotify(errno);
    auto top = open_top();
    if (!top) {
        if (at_end == watch_event_kind::ready) return file_failure(top.error().value(), "cannot watch the directory");
        tell(watch_event_kind::removed, ".", only_.empty());
        over_ = true;
        return {};
    }
    tree_ = std::make_unique<node>();
    const auto added = add(*tree_, top->get());
    if (!added) return added.error();
    if (!*added) return file_failure(EACCES, "cannot watch the directory");
    if (!recursive_) {
        tell(at_end, ".", only_.empty());
        return {};
    }
    auto walk = tree_walk::begin(std::move(*top), true);
    if (!walk) return file_failure(walk.error().value(), "cannot look through the directory");
    scan_.emplace(scan{std::move(*walk), "", at_end});
    return {};
}

/// That very directory, which its path still has to name.
os_result<unique_fd> tree_watch::open_top() {
    auto top = files_.open_directory(top_);
    struct stat st{};
    if (!top) return os_error(errno_of(top.error().os_error) != 0 ? errno_of(top.error().os_error) : ENOENT);
    if (::fstat(top->get(), &st) != 0) return os_error(errno);
    if (device_ == 0 && inode_ == 0) {
        device_ = st.st_dev;
        inode_ = st.st_ino;
    }
    if (st.st_dev != device_ || st.st_ino != inode_) return os_error(ENOENT);
    return std::move(*top);
}

proto::result<void> tree_watch::step_scan() {
    auto entry = scan_->walk.next();
    if (!entry) {
        if (scan_->at_end) tell(*scan_->at_end, ".", true);
        scan_.reset();
        return {};
    }
    auto path = scan_->prefix + entry->path;
    if (!entry->status) {
        const int err = entry->status.error().value();
        if (!has_gone(err)) tell_unwatched(std::move(path), err);
        return {};
    }
    const bool directory = entry->status->type == file_type::directory;
    const auto& name = scan_->walk.name();
    if (is_temporary_name(name)) {
        scan_->walk.skip();
        return {};
    }
    if (!scan_->at_end) tell(watch_event_kind::created, path, directory);
    if (!directory) return {};
    const auto slash = path.rfind('/');
    auto* const in = find(slash == std::string::npos ? std::string_view() : std::string_view(path).substr(0, slash));
    const unique_fd fd(::openat(scan_->walk.directory(), name.c_str(), watched_flags));
    if (!fd || in == nullptr) {
        scan_->walk.skip();
        return {};
    }
    const auto added = add(make_child(*in, name), fd.get());
    if (!added) return added.error();
    if (!*added) scan_->walk.skip();
    return {};
}

/// Watches a directory that has appeared, then looks through it. Where it has gone again an event says so.
proto::result<void> tree_watch::enter(node& in, const std::string& name) {
    const auto parent = open(in);
    if (!parent) return {};
    unique_fd fd(::openat(parent->get(), name.c_str(), watched_flags));
    if (!fd) {
        if (!has_gone(errno)) tell_unwatched(path_of(in, name), errno);
        return {};
    }
    const auto added = add(make_child(in, name), fd.get());
    if (!added) return added.error();
    if (!*added) return {};
    auto walk = tree_walk::begin(std::move(fd), true);
    if (walk)
        scan_.emplace(scan{std::move(*walk), path_of(in, name) + "/", std::nullopt});
    else if (!has_gone(walk.error().value()))
        tell_unwatched(path_of(in, name), walk.error().value());
    return {};
}

/// False where it cannot be watched, which was told, unless it is the top.
proto::result<bool> tree_watch::add(node& to, int directory) {
    if (by_watch_.size() >= most_directories)
        return proto::failure(proto::errc::busy, "the tree has more than " + std::to_string(most_directories) +
                                                     " directories; watch a part of it");
    const auto link = descriptor_path(directory);
    const bool top = to.parent == nullptr;
    const int watch = ::inotify_add_watch(inotify_.get(), link.c_str(), of_names | (top ? of_itself : 0U) | IN_ONLYDIR);
    if (watch < 0) {
        const int err = errno;
        if (err == ENOSPC || err == ENOMEM) return no_room_for(by_watch_.size());
        if (err == ENOENT) return no_inotify(err);
        if (top) return false;
        tell_unwatched(path_of(*to.parent, to.name), err);
        drop(take_child(*to.parent, std::string(to.name)));
        return false;
    }
    // Known already by a name that it had before, or of a mount: the last one counts.
    if (const auto known = by_watch_.find(watch); known != by_watch_.end()) known->second->watch = -1;
    by_watch_[watch] = &to;
    to.watch = watch;
    return true;
}

void tree_watch::tell_unwatched(std::string path, int err) {
    tell(watch_event_kind::unwatched, std::move(path), true);
    out_.back().error = err;
}

std::string tree_watch::path_of(const node& directory, std::string_view name) const {
    if (!only_.empty()) return ".";
    std::vector<const node*> above;
    for (const auto* at = &directory; at->parent != nullptr; at = at->parent) above.push_back(at);
    std::string out;
    for (auto at = above.rbegin(); at != above.rend(); ++at) out.append((*at)->name).append("/");
    return out.append(name);
}

/// The directory of that path; empty: the top.
tree_watch::node* tree_watch::find(std::string_view path) const {
    auto* at = tree_.get();
    while (!path.empty()) {
        const auto name = path.substr(0, path.find('/'));
        path.remove_prefix(std::min(path.size(), name.size() + 1));
        const auto next = at->children.find(name);
        if (next == at->children.end()) return nullptr;
        at = next->second.get();
    }
    return at;
}

/// Name by name from the top, so that no symlink leads away.
os_result<unique_fd> tree_watch::open(const node& directory) {
    auto here = open_top();
    std::vector<const node*> above;
    for (const auto* at = &directory; at->parent != nullptr; at = at->parent) above.push_back(at);
    for (auto at = above.rbegin(); here && at != above.rend(); ++at) {
        unique_fd next(::openat(here->get(), (*at)->name.c_str(), watched_flags));
        if (!next) return os_error(errno);
        here = std::move(next);
    }
    return here;
}

/// A file without a name (O_TMPFILE) that is written to: the kernel tells of it by "#" and its number.
bool tree_watch::is_nameless(node& in, const std::string& name) {
    if (name.size() < 2 || name[0] != '#' || name.find_first_not_of("0123456789", 1) != std::string::npos) return false;
    const auto directory = open(in);
    return directory && ::faccessat(directory->get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) != 0;
}

tree_watch::node& tree_watch::make_child(node& in, const std::string& name) {
    drop(take_child(in, name));
    auto& child = in.children[name];
    child = std::make_unique<node>();
    child->parent = &in;
    child->name = name;
    return *child;
}

std::unique_ptr<tree_watch::node> tree_watch::take_child(node& in, const std::string& name) {
    const auto at = in.children.find(name);
    if (at == in.children.end()) return nullptr;
    auto out = std::move(at->second);
    in.children.erase(at);
    return out;
}

/// Ends the watches of a directory and of all below it. Without recursion: a tree may be deeper than a stack.
void tree_watch::drop(std::unique_ptr<node> gone) {
    std::vector<std::unique_ptr<node>> waiting;
    if (gone) waiting.push_back(std::move(gone));
    while (!waiting.empty()) {
        const auto one = std::move(waiting.back());
        waiting.pop_back();
        for (auto& [name, child] : one->children) waiting.push_back(std::move(child));
        if (one->watch < 0) continue;
        by_watch_.erase(one->watch);
        ::inotify_rm_watch(inotify_.get(), one->watch);
    }
}

} // namespace tug::os

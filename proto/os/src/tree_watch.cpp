#include "tug/os/tree_watch.hpp"

#include "tug/os/errno.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

// The events of a tree_watch; which directories are watched is in watched_directories.cpp.

namespace tug::os {

namespace {

constexpr std::size_t buffer_size = 64UL * 1024;

/// A path without the slashes behind it.
std::string_view trimmed(std::string_view path) {
    while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
    return path;
}

} // namespace

tree_watch::tree_watch(root files, std::string top, std::string only, bool recursive)
    : files_(std::move(files)),
      top_(std::move(top)),
      only_(std::move(only)),
      recursive_(recursive),
      buffer_(buffer_size) {}

proto::result<tree_watch> tree_watch::begin(root files, std::string_view path, bool recursive) {
    const auto node = files.open_node(path, last_link::followed);
    if (!node) return node.error();
    struct stat st{};
    if (::fstat(node->get(), &st) != 0) return file_failure(errno, "cannot look at " + quoted(path));
    std::string top(trimmed(path));
    std::string only;
    if (!S_ISDIR(st.st_mode)) {
        const auto slash = top.rfind('/');
        only = top.substr(slash + 1);
        top = slash == std::string::npos ? "." : top.substr(0, slash + 1);
    }
    tree_watch out(std::move(files), std::move(top), std::move(only), recursive && S_ISDIR(st.st_mode));
    if (const auto ok = out.start(watch_event_kind::ready); !ok) return ok.error();
    return out;
}

proto::result<std::vector<watch_event>> tree_watch::take(std::size_t most) {
    constexpr std::size_t steps_at_once = 4'096; // of a scan, most of which tell nothing
    for (std::size_t steps = 0; steps < steps_at_once && out_.size() < most && !over_; ++steps) {
        if (!scan_ && at_ == end_ && !read()) break;
        if (const auto ok = step(); !ok) return ok.error();
    }
    return std::exchange(out_, {});
}

/// False where nothing has come. A name that has gone is waited for a moment: the kernel says in a second event where
/// it went, where that is in the tree.
bool tree_watch::read() {
    constexpr int moment_ms = 5;
    for (bool waited = false;; waited = true) {
        const auto n = ::read(inotify_.get(), buffer_.data(), buffer_.size());
        if (n > 0) {
            at_ = 0;
            end_ = static_cast<std::size_t>(n);
            return true;
        }
        if (!move_) return false;
        pollfd more{inotify_.get(), POLLIN, 0};
        if (waited || ::poll(&more, 1, moment_ms) != 1) break;
    }
    end_move();
    return false;
}

proto::result<void> tree_watch::step() {
    if (scan_) return step_scan();
    inotify_event said{};
    std::memcpy(&said, buffer_.data() + at_, sizeof said);
    const char* name = buffer_.data() + at_ + sizeof said;
    at_ += sizeof said + said.len;
    return handle(said, std::string(name, ::strnlen(name, said.len)));
}

proto::result<void> tree_watch::handle(const inotify_event& said, std::string name) {
    if ((said.mask & IN_Q_OVERFLOW) != 0) return start(watch_event_kind::overflow);
    const bool completes = move_ && (said.mask & IN_MOVED_TO) != 0 && said.cookie == move_->cookie;
    if (!completes) end_move();
    const auto at = by_watch_.find(said.wd);
    if (at == by_watch_.end()) return {};
    auto& in = *at->second;
    if (name.empty()) {
        handle_itself(in, said.mask);
        return {};
    }
    if (!only_.empty() && name != only_) {
        end_move();
        return {};
    }
    return handle_name(in, said, std::move(name));
}

/// Of other directories than the top their parents tell.
void tree_watch::handle_itself(node& of, std::uint32_t mask) {
    const bool top = &of == tree_.get();
    if ((mask & IN_IGNORED) != 0) {
        by_watch_.erase(of.watch);
        of.watch = -1;
    }
    if (top && (mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) != 0) {
        tell(watch_event_kind::removed, ".", only_.empty());
        over_ = true;
    } else if (top && only_.empty() && (mask & IN_ATTRIB) != 0) {
        tell(watch_event_kind::changed, ".", true);
    } else if (!top && (mask & IN_UNMOUNT) != 0) {
        tell(watch_event_kind::changed, path_of(*of.parent, of.name), true);
    }
}

proto::result<void> tree_watch::handle_name(node& in, const inotify_event& said, std::string name) {
    const bool directory = (said.mask & IN_ISDIR) != 0;
    if ((said.mask & IN_MOVED_TO) != 0) return arrived(in, said, name);
    if ((said.mask & IN_MOVED_FROM) != 0) {
        left(in, said, name);
        return {};
    }
    if (is_temporary_name(name)) return {};
    if ((said.mask & IN_CREATE) != 0) return appeared(in, name, directory);
    if ((said.mask & IN_DELETE) != 0) {
        drop(take_child(in, name));
        tell(watch_event_kind::removed, path_of(in, name), directory);
    } else if ((said.mask & (IN_MODIFY | IN_ATTRIB)) != 0 && !is_nameless(in, name)) {
        tell(watch_event_kind::changed, path_of(in, name), directory);
    }
    return {};
}

proto::result<void> tree_watch::appeared(node& in, const std::string& name, bool directory) {
    tell(watch_event_kind::created, path_of(in, name), directory);
    return directory && recursive_ ? enter(in, name) : proto::result<void>();
}

void tree_watch::left(node& in, const inotify_event& said, const std::string& name) {
    move_ = move{}; // clang cannot emplace a type of the class itself
    move_->cookie = said.cookie;
    move_->path = path_of(in, name);
    move_->directory = (said.mask & IN_ISDIR) != 0;
    move_->temporary = is_temporary_name(name);
    move_->moved = take_child(in, name);
}

/// From elsewhere in the tree, or from outside.
proto::result<void> tree_watch::arrived(node& in, const inotify_event& said, const std::string& name) {
    drop(take_child(in, name)); // what was replaced
    if (is_temporary_name(name)) {
        end_move();
        return {};
    }
    const bool directory = (said.mask & IN_ISDIR) != 0;
    if (!move_ || move_->temporary) {
        if (move_) drop(std::move(move_->moved));
        move_.reset();
        return appeared(in, name, directory);
    }
    auto from = std::move(*move_);
    move_.reset();
    tell(watch_event_kind::renamed, path_of(in, name), directory);
    out_.back().from = std::move(from.path);
    if (!directory || !recursive_) return {};
    if (!from.moved) return enter(in, name);
    from.moved->parent = &in;
    from.moved->name = name;
    in.children[name] = std::move(from.moved);
    return {};
}

/// It has left the tree.
void tree_watch::end_move() {
    if (!move_) return;
    auto gone = std::move(*move_);
    move_.reset();
    drop(std::move(gone.moved));
    if (!gone.temporary) tell(watch_event_kind::removed, std::move(gone.path), gone.directory);
}

/// What is said of one file many times over is told once.
void tree_watch::tell(watch_event_kind kind, std::string path, bool directory) {
    if (!out_.empty() && kind == watch_event_kind::changed && out_.back().kind == kind && out_.back().path == path)
        return;
    watch_event event;
    event.kind = kind;
    event.path = std::move(path);
    event.directory = directory;
    out_.push_back(std::move(event));
}

} // namespace tug::os

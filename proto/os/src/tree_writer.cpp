#include "tug/os/tree_writer.hpp"

#include "remove_tree.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <utility>

// The way through the tree, and what is no file. Files are in tree_files.cpp.

namespace tug::os {

namespace {

using proto::entry_head;
using proto::file_type;

constexpr int readable = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

std::string_view directory_of(std::string_view path) {
    return path.substr(0, std::min(path.rfind('/'), path.size()));
}

std::string name_of(std::string_view path) {
    return std::string(path.substr(path.rfind('/') + 1));
}

proto::failure refused(std::string_view path, std::string_view why) {
    return {proto::errc::path_denied, "the entry " + quoted(path) + " " + std::string(why)};
}

proto::result<void> check_head(const entry_head& head, const tree_write_options& how) {
    constexpr std::uint32_t permission_bits = 0777;
    const bool top = head.path == ".";
    const auto bad = [&](std::string_view why) {
        return proto::failure::bad_field("entry", quoted(head.path) + " " + std::string(why));
    };
    if ((head.mode & ~permission_bits) != 0) return bad("has a setuid, setgid or sticky bit");
    if (is_temporary_name(name_of(head.path))) return bad("has the name of a temporary of tug");
    if (top && (head.absent || head.type != file_type::directory)) return bad("is the top and no directory");
    if (head.absent && !how.remove) return bad("is to be removed, which was not asked for");
    if (head.type == file_type::symlink && !head.absent && head.target.empty()) return bad("is a symlink to nothing");
    if (head.delta && !how.delta) return bad("has delta, which was not asked for");
    if (head.delta && (head.type != file_type::file || head.same || !head.link.empty()))
        return bad("has delta and no content");
    return {};
}

} // namespace

tree_writer::tree_writer(staged_tree beside, const tree_write_options& how) : how_(how), beside_(std::move(beside)) {
    levels_.push_back({"", unique_fd(::fcntl(beside_->top(), F_DUPFD_CLOEXEC, 0)), std::nullopt});
}

tree_writer::tree_writer(unique_fd top, const tree_write_options& how) : how_(how) {
    levels_.push_back({"", std::move(top), std::nullopt});
}

proto::result<void> tree_writer::feed(std::span<const std::byte> bytes) {
    std::string told; // to no one: a sender that is not told does not send such files
    while (!bytes.empty() || has_work()) {
        const auto taken = take(bytes);
        if (!taken) return taken.error();
        bytes = bytes.subspan(*taken);
        while (has_work())
            if (auto worked = work(told); !worked) return worked;
    }
    return {};
}

proto::result<void> tree_writer::begin(entry_head head) {
    if (auto ended = end_file(); !ended) return ended;
    if (auto ok = check_head(head, how_); !ok) return ok;
    if (head.path == ".") {
        levels_.front().last = std::move(head);
        return {};
    }
    if (auto there = go_to_directory_of(head.path); !there) return there;
    const auto name = name_of(head.path);
    if (head.absent) return remove(head, name);
    if (head.type == file_type::directory) return begin_directory(head, name);
    if (head.type == file_type::symlink) return make_symlink(head, name);
    if (head.type == file_type::file) {
        if (!head.link.empty()) return make_link(head, name);
        return head.same ? keep_file(head, name) : begin_file(std::move(head), name);
    }
    ++counts_.skipped;
    counts_.note(head.path, std::string(proto::name_of(head.type)));
    return {};
}

/// Entries come depth first: a directory is left for good as soon as one comes that is not below it.
proto::result<void> tree_writer::go_to_directory_of(std::string_view path) {
    std::size_t depth = 1;
    auto rest = path.find('/') == std::string_view::npos ? std::string_view() : directory_of(path);
    while (!rest.empty()) {
        const auto name = rest.substr(0, std::min(rest.find('/'), rest.size()));
        rest.remove_prefix(std::min(name.size() + 1, rest.size()));
        if (depth < levels_.size() && levels_[depth].name == name) {
            ++depth;
            continue;
        }
        while (levels_.size() > depth)
            if (auto left = leave(); !left) return left;
        const auto from = here();
        if (!from) return from.error();
        unique_fd fd(::openat(*from, std::string(name).c_str(), readable));
        if (!fd && errno == ENOENT) return refused(path, "is in a directory that did not come before it");
        if (!fd) return failed(errno, path);
        go_into(std::string(name), std::move(fd), std::nullopt);
        ++depth;
    }
    while (levels_.size() > depth)
        if (auto left = leave(); !left) return left;
    return {};
}

void tree_writer::go_into(std::string name, unique_fd fd, std::optional<entry_head> last) {
    levels_.push_back({std::move(name), std::move(fd), std::move(last)});
    // Not the top: it is where all begins.
    if (levels_.size() > most_held) levels_[levels_.size() - most_held].fd.reset();
}

/// The directory that is `depth` names below `top` on the way of `path`; name by name, so that no symlink leads away.
os_result<unique_fd> tree_writer::open_below(int top, std::string_view path, std::size_t depth) {
    constexpr int passable = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    unique_fd at(::openat(top, ".", passable));
    while (at && depth-- > 0) {
        const auto name = path.substr(0, std::min(path.find('/'), path.size()));
        path.remove_prefix(std::min(name.size() + 1, path.size()));
        at.reset(::openat(at.get(), std::string(name).c_str(), passable));
    }
    if (!at) return os_error(errno);
    return at;
}

/// The directory of the last entry, opened again where it was closed.
proto::result<int> tree_writer::here() {
    auto& now = levels_.back();
    if (!now.fd) {
        std::string path;
        for (std::size_t i = 1; i < levels_.size(); ++i) path.append(levels_[i].name).append("/");
        const auto again = open_below(levels_.front().fd.get(), path, levels_.size() - 1);
        if (!again) return failed(again.error().value(), path);
        now.fd.reset(::openat(again->get(), ".", readable));
        if (!now.fd) return failed(errno, path);
    }
    return now.fd.get();
}

/// Leaves the directory of the last entry: nothing comes in there any more, so that its time stays.
proto::result<void> tree_writer::leave() {
    if (levels_.back().last) {
        const auto fd = here();
        if (!fd) return fd.error();
        if (const int err = set_status(*fd, *levels_.back().last)) return failed(err, levels_.back().last->path);
    }
    if (levels_.size() > 1) levels_.pop_back();
    return {};
}

/// Owner, mode and time. A directory keeps the setgid and sticky bits that it got from where it is.
int tree_writer::set_status(int fd, const entry_head& head) const {
    constexpr auto stays = static_cast<std::uint32_t>(-1);
    if (how_.owner && (head.uid || head.gid) && ::fchown(fd, head.uid.value_or(stays), head.gid.value_or(stays)) != 0)
        return errno;
    mode_t special = 0;
    if (head.type == file_type::directory) {
        struct stat st{};
        if (::fstat(fd, &st) != 0) return errno;
        special = st.st_mode & 03000U;
    }
    if (::fchmod(fd, special | head.mode) != 0) return errno;
    const timespec times[2] = {{.tv_sec = 0, .tv_nsec = UTIME_OMIT}, to_timespec(head.mtime_ns)};
    return ::futimens(fd, times) == 0 ? 0 : errno;
}

/// With its owner's rights until it is left. One that is there already is gone into.
proto::result<void> tree_writer::begin_directory(const entry_head& head, const std::string& name) {
    const auto in = here();
    if (!in) return in.error();
    const bool made = ::mkdirat(*in, name.c_str(), S_IRWXU) == 0;
    if (!made && (errno != EEXIST || staged())) return failed(errno, head.path);
    unique_fd fd(::openat(*in, name.c_str(), readable));
    if (!fd && (errno == ENOTDIR || errno == ELOOP)) return failed(EEXIST, head.path);
    struct stat st{};
    if (!fd || ::fstat(fd.get(), &st) != 0) return failed(errno, head.path);
    if (!made && (st.st_mode & S_IRWXU) != S_IRWXU && st.st_uid == ::geteuid())
        static_cast<void>(::fchmod(fd.get(), (st.st_mode & 07777U) | S_IRWXU));
    ++counts_.directories;
    go_into(name, std::move(fd), head);
    return {};
}

proto::result<void> tree_writer::remove(const entry_head& head, const std::string& name) {
    const auto in = here();
    if (!in) return in.error();
    if (::unlinkat(*in, name.c_str(), 0) != 0) {
        if (errno == ENOENT) return {};
        if (errno != EISDIR && errno != EPERM) return failed(errno, head.path);
        const std::function<bool()> never = [] { return false; };
        tree_removal work(*in, name, never);
        if (const int err = work.run()) return failed(err, head.path);
    }
    ++counts_.removed;
    return {};
}

proto::result<void> tree_writer::commit() {
    if (!decoder_.at_border()) return proto::failure::bad_field("entry", "is cut off");
    if (auto ended = end_file(); !ended) return ended;
    while (levels_.size() > 1)
        if (auto left = leave(); !left) return left;
    if (staged() && !levels_.front().last) {
        if (::fchmod(levels_.front().fd.get(), 0755) != 0) return failed(errno, ".");
    } else if (auto left = leave(); !left) {
        return left;
    }
    if (beside_) return beside_->commit(how_.durable);
    if (how_.durable && ::syncfs(levels_.front().fd.get()) != 0) return failed(errno, ".");
    return {};
}

void tree_writer::discard() noexcept {
    file_.reset();
    levels_.clear();
    if (beside_) beside_->discard();
}

proto::failure tree_writer::failed(int err, std::string_view path) const {
    if (err == EEXIST || err == ENOTEMPTY)
        return {proto::errc::already_exists,
                staged() ? "the entry " + quoted(path) + " has a name that this file system takes for that of another"
                         : quoted(path) + " is there already and of another type; delete lets it be replaced"};
    if (err == ENOTDIR || err == ELOOP) return refused(path, "is below what is no directory");
    if (err == EISDIR)
        return {proto::errc::is_directory, quoted(path) + " is a directory there; delete lets it be replaced"};
    return file_failure(err, "cannot write " + quoted(path));
}

} // namespace tug::os

#include "tug/os/tree_writer.hpp"

#include "descriptor_path.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/temporary_name.hpp"
#include "tug/os/write_all.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

// Files, their links and symlinks, as a tree_writer makes them.

namespace tug::os {

namespace {

using proto::entry_head;

/// Makes a node by a name of its own and lets it take the place of what has `name`, in one step. 0 or an errno.
template <class Make>
int replace_by(int directory, const std::string& name, Make make) {
    const auto temporary = random_temporary_name();
    if (temporary.empty() || make(temporary.c_str()) != 0) return errno;
    if (::renameat(directory, temporary.c_str(), directory, name.c_str()) == 0) return 0;
    const int err = errno;
    ::unlinkat(directory, temporary.c_str(), 0);
    return err;
}

std::array<timespec, 2> times_of(const entry_head& head) {
    return {timespec{0, UTIME_OMIT}, to_timespec(head.mtime_ns)};
}

} // namespace

staged_options tree_writer::options_for(const entry_head& head) const {
    staged_options how;
    how.mode = head.mode;
    how.mtime_ns = head.mtime_ns;
    how.durable = how_.durable && !staged(); // else with all of the tree
    how.overwrite = !staged();
    if (how_.owner) how.uid = head.uid;
    if (how_.owner) how.gid = head.gid;
    return how;
}

proto::result<void> tree_writer::begin_file(entry_head head, const std::string& name) {
    const auto in = here();
    if (!in) return in.error();
    if (head.delta) return begin_patch(std::move(head), name);
    written_file out;
    if (staged()) {
        constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
        out.fd.reset(::openat(*in, name.c_str(), flags, S_IRUSR | S_IWUSR));
        if (!out.fd) return failed(errno, head.path);
    } else {
        unique_fd directory(::fcntl(*in, F_DUPFD_CLOEXEC, 0));
        if (!directory) return failed(errno, head.path);
        auto made = staged_file::create(std::move(directory), name, options_for(head));
        if (!made) return made.error();
        out.staged.emplace(std::move(*made));
    }
    out.changed = head.changed;
    out.head = std::move(head);
    file_.emplace(std::move(out));
    return {};
}

proto::result<void> tree_writer::begin_copy(entry_head head, opened_file from) {
    if (auto ended = end_file(); !ended) return ended;
    if (auto there = go_to_directory_of(head.path); !there) return there;
    const auto in = here();
    if (!in) return in.error();
    unique_fd directory(::fcntl(*in, F_DUPFD_CLOEXEC, 0));
    if (!directory) return failed(errno, head.path);
    auto name = head.path.substr(head.path.rfind('/') + 1);
    auto copy = file_copy::begin(std::move(from), {std::move(directory), std::move(name)}, options_for(head));
    if (!copy) return copy.error();
    copy->accept_changes();
    written_file out;
    out.copy.emplace(std::move(*copy));
    out.head = std::move(head);
    file_.emplace(std::move(out));
    return {};
}

proto::result<void> tree_writer::work(std::string& told) {
    if (file_->patch) return file_->patch->work(told);
    const auto done = file_->copy->step();
    if (!done) return done.error();
    file_->copied = *done;
    return {};
}

proto::result<void> tree_writer::bytes(std::span<const std::byte> some) {
    if (!takes_bytes()) return proto::failure::bad_field("entry", "has bytes and is no file that is to be written");
    if (some.size() > file_->head.size - file_->at)
        return proto::failure(proto::errc::size_mismatch, quoted(file_->head.path) + " has more bytes than its size");
    const auto at = std::exchange(file_->at, file_->at + some.size());
    counts_.bytes += some.size();
    if (file_->patch) return file_->patch->write(at, some);
    if (file_->staged) return file_->staged->write(some);
    if (const int err = write_all(file_->fd.get(), some)) return failed(err, file_->head.path);
    return {};
}

proto::result<void> tree_writer::more(proto::entry_more head) {
    if (head.passed) passed_ = head.passed;
    if (head.total) total_ = head.total;
    if (!takes_bytes()) {
        if (!head.offset && head.digest.empty()) return {};
        return proto::failure::bad_field("entry", "goes on and is no file that is to be written");
    }
    file_->changed = file_->changed || head.changed;
    if (head.offset)
        if (auto passed = pass_to(*head.offset); !passed) return passed;
    return head.digest.empty() ? proto::result<void>() : end_patch(head.digest);
}

/// What is before that position is not sent.
proto::result<void> tree_writer::pass_to(std::uint64_t position) {
    if (position < file_->at || position > file_->head.size)
        return proto::failure::bad_field("entry", quoted(file_->head.path) + " has an offset that is not ahead");
    const auto hole = position - std::exchange(file_->at, position);
    if (file_->patch) {
        counts_.bytes += hole;
        counts_.reused += hole;
        return {};
    }
    if (file_->staged) return file_->staged->skip(hole);
    if (::lseek(file_->fd.get(), static_cast<off_t>(file_->at), SEEK_SET) < 0) return failed(errno, file_->head.path);
    file_->holes = true;
    return {};
}

/// A file that changed on the way has what came of it, and is counted; any other has its size or the tree is not
/// stored.
proto::result<void> tree_writer::end_file() {
    if (!file_) return {};
    auto file = std::move(*file_);
    file_.reset();
    if (file.copy) {
        file.at = file.copy->size();
        file.changed = file.copy->changed();
        counts_.bytes += file.at;
        if (file.changed) ++changed_copies_;
    }
    if (file.at != file.head.size && !file.changed)
        return proto::failure(proto::errc::size_mismatch, std::to_string(file.at) + " bytes of " +
                                                              quoted(file.head.path) + " came, its size says " +
                                                              std::to_string(file.head.size));
    if (file.patch && !file.patch->verified())
        return proto::failure::bad_field("entry", quoted(file.head.path) + " ends without its digest");
    ++counts_.files;
    if (file.patch) ++counts_.patched;
    if (file.changed) {
        ++counts_.changed;
        counts_.note(file.head.path, "changed");
    }
    if (file.patch) return file.patch->commit();
    if (file.copy) return file.copy->commit();
    if (file.staged) return file.staged->commit();
    if (file.holes && ::ftruncate(file.fd.get(), static_cast<off_t>(file.at)) != 0)
        return failed(errno, file.head.path);
    if (const int err = set_status(file.fd.get(), file.head)) return failed(err, file.head.path);
    return {};
}

/// Its content is right; only mode, time and owner are set. By a descriptor: what takes its name meanwhile stays.
proto::result<void> tree_writer::keep_file(const entry_head& head, const std::string& name) {
    if (staged()) return take_old(head, name);
    const auto in = here();
    if (!in) return in.error();
    const unique_fd node(::openat(*in, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    if (!node || ::fstat(node.get(), &st) != 0) return failed(errno, head.path);
    if (!S_ISREG(st.st_mode)) return failed(EEXIST, head.path);
    constexpr auto stays = static_cast<std::uint32_t>(-1);
    if (how_.owner && (head.uid || head.gid) &&
        ::fchownat(node.get(), "", head.uid.value_or(stays), head.gid.value_or(stays), AT_EMPTY_PATH) != 0)
        return failed(errno, head.path);
    const auto link = descriptor_path(node.get());
    const auto times = times_of(head);
    if (::chmod(link.c_str(), head.mode) != 0 || ::utimensat(AT_FDCWD, link.c_str(), times.data(), 0) != 0)
        return failed(errno, head.path);
    ++counts_.unchanged;
    return {};
}

proto::result<void> tree_writer::make_symlink(const entry_head& head, const std::string& name) {
    const auto in = here();
    if (!in) return in.error();
    const int directory = *in;
    const auto make = [&](const char* as) { return ::symlinkat(head.target.c_str(), directory, as); };
    int err = make(name.c_str()) == 0 ? 0 : errno;
    if (err == EEXIST && !staged()) err = replace_by(directory, name, make);
    if (err != 0) return failed(err, head.path);
    ++counts_.symlinks;
    const auto times = times_of(head);
    if (how_.owner && head.uid && head.gid &&
        ::fchownat(directory, name.c_str(), *head.uid, *head.gid, AT_SYMLINK_NOFOLLOW) != 0)
        return failed(errno, head.path);
    static_cast<void>(::utimensat(directory, name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW)); // not everywhere
    return {};
}

/// The other name is one of this tree, too, and no symlink is followed to it.
proto::result<void> tree_writer::make_link(const entry_head& head, const std::string& name) {
    if (auto ok = proto::check_entry_path(head.link); !ok) return ok;
    const auto in = here();
    if (!in) return in.error();
    const auto depth = static_cast<std::size_t>(std::ranges::count(head.link, '/'));
    const auto from = open_below(levels_.front().fd.get(), head.link, depth);
    if (!from) return failed(from.error().value(), head.link);
    const auto first = head.link.substr(head.link.rfind('/') + 1);
    struct stat st{};
    if (::fstatat(from->get(), first.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return failed(errno, head.link);
    if (!S_ISREG(st.st_mode)) return failed(ENOTDIR, head.link);
    const auto make = [&](const char* as) { return ::linkat(from->get(), first.c_str(), *in, as, 0); };
    int err = make(name.c_str()) == 0 ? 0 : errno;
    struct stat there{};
    if (err == EEXIST && !staged() && ::fstatat(*in, name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0)
        err = there.st_dev == st.st_dev && there.st_ino == st.st_ino ? 0 : replace_by(*in, name, make);
    if (err != 0) return failed(err, head.path);
    return {};
}

} // namespace tug::os

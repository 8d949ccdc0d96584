#include "descriptor_path.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/file_copy.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/path_text.hpp"
#include "tug/os/tree_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <utility>

// What a new tree takes from the one whose place it gets.

namespace tug::os {

namespace {

using proto::entry_head;

/// The new tree may have the file itself: nothing of it is to be changed, and no other name of it is.
bool may_be_shared(const struct stat& st, const entry_head& head, bool owner) {
    constexpr mode_t bits = 07777;
    const bool same_owner = !owner || ((!head.uid || *head.uid == st.st_uid) && (!head.gid || *head.gid == st.st_gid));
    return st.st_nlink == 1 && (st.st_mode & bits) == head.mode && to_nanoseconds(st.st_mtim) == head.mtime_ns &&
           same_owner;
}

} // namespace

/// By a descriptor: what takes its name meanwhile is not linked.
proto::result<void> tree_writer::take_old(const entry_head& head, const std::string& name) {
    const auto in = here();
    if (!in) return in.error();
    const auto from = old_directory_of(head.path);
    if (!from) return from.error();
    const unique_fd old(::openat(*from, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat st{};
    const bool there = old && ::fstat(old.get(), &st) == 0;
    if (!there || !S_ISREG(st.st_mode) || static_cast<std::uint64_t>(st.st_size) != head.size)
        return proto::failure(proto::errc::precondition_failed,
                              quoted(head.path) + " was changed in the old tree while the new one came");
    ++counts_.unchanged;
    if (may_be_shared(st, head, how_.owner) &&
        ::linkat(AT_FDCWD, descriptor_path(old.get()).c_str(), *in, name.c_str(), AT_SYMLINK_FOLLOW) == 0)
        return {};
    return copy_old(head, name, old.get());
}

proto::result<void> tree_writer::copy_old(const entry_head& head, const std::string& name, int old) {
    const auto in = here();
    if (!in) return in.error();
    unique_fd readable(::open(descriptor_path(old).c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    unique_fd directory(::fcntl(*in, F_DUPFD_CLOEXEC, 0));
    struct stat st{};
    if (!readable || !directory || ::fstat(readable.get(), &st) != 0) return failed(errno, head.path);
    opened_file source{std::move(readable), head.size, head.mode, head.mtime_ns, to_nanoseconds(st.st_ctim)};
    auto copy = file_copy::begin(std::move(source), {std::move(directory), name}, options_for(head));
    if (!copy) return copy.error();
    for (;;) {
        const auto done = copy->step();
        if (!done) return done.error();
        if (*done) return copy->commit();
    }
}

/// Most files are in the directory of the one before.
proto::result<int> tree_writer::old_directory_of(std::string_view path) {
    if (!old_.top) return proto::failure::bad_field("entry", quoted(path) + " is said to be here already, and is not");
    const auto directory = path.substr(0, path.rfind('/') + 1);
    if (!old_.directory || old_.path != directory) {
        const auto depth = static_cast<std::size_t>(std::ranges::count(directory, '/'));
        auto opened = open_below(old_.top.get(), directory, depth);
        if (!opened)
            return proto::failure(proto::errc::precondition_failed,
                                  quoted(path) + " was changed in the old tree while the new one came");
        old_.directory = std::move(*opened);
        old_.path = directory;
    }
    return old_.directory.get();
}

} // namespace tug::os

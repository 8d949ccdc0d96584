#include "tug/os/file_operations.hpp"

#include "descriptor_path.hpp"
#include "tug/os/errno.hpp"
#include "tug/os/file_time.hpp"
#include "tug/os/path_text.hpp"

#include "make_directory.hpp"
#include "remove_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>

namespace tug::os {

namespace {

proto::failure failed(int err, std::string_view doing, std::string_view path) {
    auto f = file_failure(err, std::string(doing).append(" ").append(quoted(path)));
    if (err == EEXIST || err == ENOTEMPTY) f.code = proto::errc::already_exists;
    if (err == EISDIR) f.code = proto::errc::is_directory;
    return f;
}

/// One of two paths of a request, by its name there.
proto::result<place> open_place(const root& files, std::string_view path, std::string_view field) {
    auto found = files.open_place(path);
    if (found || found.error().field.empty()) return found;
    auto wrong = std::move(found).error();
    wrong.field = field;
    return wrong;
}

} // namespace

proto::result<void> make_directory_at(const root& files, std::string_view path, bool parents, std::uint32_t mode) {
    const auto found = files.open_place(path, parents);
    if (!found) return found.error();
    const int err = make_directory(found->directory.get(), found->name, mode);
    if (err == 0) return {};
    if (err == EEXIST && parents && files.open_directory(path)) return {};
    return failed(err, "cannot make the directory", path);
}

proto::result<std::uint64_t> remove_at(const root& files, std::string_view path, bool recursive,
                                       const std::function<bool()>& stop) {
    const auto found = files.open_place(path);
    if (!found) return found.error();
    const int directory = found->directory.get();
    const bool only_directories = path.ends_with('/');
    if (!only_directories && ::unlinkat(directory, found->name.c_str(), 0) == 0) return 1U;
    // EPERM is what POSIX says of a directory here; the next call tells whether it is one.
    if (!only_directories && errno != EISDIR && errno != EPERM) return failed(errno, "cannot remove", path);
    if (::unlinkat(directory, found->name.c_str(), AT_REMOVEDIR) == 0) return 1U;
    if (errno == ENOTDIR && !only_directories) return failed(EPERM, "cannot remove", path);
    if (errno != ENOTEMPTY && errno != EEXIST) return failed(errno, "cannot remove", path);
    if (!recursive)
        return proto::failure(proto::errc::is_directory,
                              quoted(path) + " is a directory that is not empty; recursive (-r of tug) removes it all");
    tree_removal work(directory, found->name, stop);
    if (const int err = work.run())
        return err == ECANCELED ? proto::failure(proto::errc::cancelled)
                                : failed(err, "cannot remove " + quoted(work.where()) + " below", path);
    return work.removed();
}

proto::result<void> rename_at(const root& files, std::string_view from, std::string_view to, rename_mode how) {
    const auto source = open_place(files, from, "from");
    if (!source) return source.error();
    const auto target = open_place(files, to, "to");
    if (!target) return target.error();
    const unsigned flags = how == rename_mode::keep       ? RENAME_NOREPLACE
                           : how == rename_mode::exchange ? RENAME_EXCHANGE
                                                          : 0U;
    if (::renameat2(source->directory.get(), source->name.c_str(), target->directory.get(), target->name.c_str(),
                    flags) == 0)
        return {};
    return failed(errno, "cannot rename " + quoted(from) + " to", to);
}

proto::result<void> make_symlink_at(const root& files, std::string_view path, std::string_view target) {
    const auto found = files.open_place(path);
    if (!found) return found.error();
    if (::symlinkat(std::string(target).c_str(), found->directory.get(), found->name.c_str()) == 0) return {};
    return failed(errno, "cannot make the symlink", path);
}

proto::result<void> make_link_at(const root& files, std::string_view from, std::string_view to) {
    const auto source = open_place(files, from, "from");
    if (!source) return source.error();
    const auto target = open_place(files, to, "to");
    if (!target) return target.error();
    if (::linkat(source->directory.get(), source->name.c_str(), target->directory.get(), target->name.c_str(), 0) == 0)
        return {};
    return failed(errno, "cannot link " + quoted(from) + " to", to);
}

proto::result<void> set_attributes_at(const root& files, std::string_view path, last_link at_end,
                                      const file_attributes& to) {
    const auto node = files.open_node(path, at_end);
    if (!node) return node.error();
    const auto link = descriptor_path(node->get());
    // The owner first: it takes setuid bits away, and who gives a file away may not change its mode afterwards.
    constexpr auto stays = static_cast<std::uint32_t>(-1);
    if ((to.uid || to.gid) &&
        ::fchownat(node->get(), "", to.uid.value_or(stays), to.gid.value_or(stays), AT_EMPTY_PATH) != 0)
        return failed(errno, "cannot give away", path);
    if (to.mode) {
        struct stat st{};
        if (::fstat(node->get(), &st) != 0) return failed(errno, "cannot look at", path);
        const mode_t special = S_ISDIR(st.st_mode) ? st.st_mode & 03000U : 0U;
        if (::chmod(link.c_str(), special | *to.mode) != 0) return failed(errno, "cannot set the mode of", path);
    }
    if (to.mtime_ns) {
        const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, to_timespec(*to.mtime_ns)};
        if (::utimensat(AT_FDCWD, link.c_str(), times.data(), 0) != 0)
            return failed(errno, "cannot set the time of", path);
    }
    return {};
}

proto::result<file_system_space> space_at(const root& files, std::string_view path) {
    const auto node = files.open_node(path, last_link::followed);
    if (!node) return node.error();
    struct statvfs fs{};
    if (::fstatvfs(node->get(), &fs) != 0) return failed(errno, "cannot look at the file system of", path);
    const auto bytes = [&](std::uint64_t blocks) { return blocks * fs.f_frsize; };
    return file_system_space{bytes(fs.f_blocks), bytes(fs.f_bfree), bytes(fs.f_bavail), fs.f_favail};
}

} // namespace tug::os

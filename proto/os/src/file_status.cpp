#include "tug/os/file_status.hpp"

#include "tug/os/file_time.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace tug::os {

namespace {

file_type type_of(mode_t mode) noexcept {
    switch (mode & S_IFMT) {
    case S_IFDIR: return file_type::directory;
    case S_IFLNK: return file_type::symlink;
    case S_IFIFO: return file_type::fifo;
    case S_IFSOCK: return file_type::socket;
    case S_IFBLK: return file_type::block;
    case S_IFCHR: return file_type::character;
    default: return file_type::file;
    }
}

/// PATH_MAX bounds what a symlink can say. An empty name is the node itself.
os_result<std::string> target_of(int at, const char* name) {
    std::array<char, 4096> text; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    const auto size = ::readlinkat(at, name, text.data(), text.size());
    if (size < 0) return os_error(errno);
    return std::string(text.data(), static_cast<std::size_t>(size));
}

os_result<file_status> status_from(const struct stat& st, int at, const char* name) {
    constexpr std::uint64_t block = 512;
    file_status out;
    out.type = type_of(st.st_mode);
    out.size = static_cast<std::uint64_t>(st.st_size);
    out.mode = st.st_mode & 07777U;
    out.mtime_ns = to_nanoseconds(st.st_mtim);
    out.uid = st.st_uid;
    out.gid = st.st_gid;
    out.links = st.st_nlink;
    out.device = st.st_dev;
    out.inode = st.st_ino;
    out.has_holes = static_cast<std::uint64_t>(st.st_blocks) * block < out.size;
    if (out.type == file_type::symlink) {
        auto target = target_of(at, name);
        if (!target) return target.error();
        out.target = std::move(*target);
    }
    return out;
}

} // namespace

os_result<file_status> status_of(int node) {
    struct stat st{};
    if (::fstat(node, &st) != 0) return os_error(errno);
    return status_from(st, node, "");
}

/// By a name two looks may be at two nodes: one that was a symlink at the first and is none at the second (EINVAL) is
/// looked at again.
os_result<file_status> status_at(int directory, const std::string& name) {
    constexpr int attempts = 16;
    for (int attempt = 1;; ++attempt) {
        struct stat st{};
        if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return os_error(errno);
        auto status = status_from(st, directory, name.c_str());
        if (status || status.error().value() != EINVAL || attempt == attempts) return status;
    }
}

} // namespace tug::os

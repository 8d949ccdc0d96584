#include "tug/os/file_status.hpp"

#include "tug/os/file_time.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

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

/// PATH_MAX bounds what a symlink can say.
os_result<std::string> target_of(int link) {
    std::array<char, 4096> text; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by the call
    const auto size = ::readlinkat(link, "", text.data(), text.size());
    if (size < 0) return os_error(errno);
    return std::string(text.data(), static_cast<std::size_t>(size));
}

} // namespace

os_result<file_status> status_of(int node) {
    struct stat st{};
    if (::fstat(node, &st) != 0) return os_error(errno);
    file_status out;
    out.type = type_of(st.st_mode);
    out.size = static_cast<std::uint64_t>(st.st_size);
    out.mode = st.st_mode & 07777U;
    out.mtime_ns = to_nanoseconds(st.st_mtim);
    out.uid = st.st_uid;
    out.gid = st.st_gid;
    out.links = st.st_nlink;
    if (out.type == file_type::symlink) {
        auto target = target_of(node);
        if (!target) return target.error();
        out.target = std::move(*target);
    }
    return out;
}

} // namespace tug::os

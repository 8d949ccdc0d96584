#pragma once

#include <tug/os/unique_fd.hpp>

#include <boost/system/result.hpp>

#include <string>

namespace tug::os {

/// A value or the errno (system_category) that took its place.
template <class T>
using os_result = boost::system::result<T>;

/// That errno as the error of an os_result.
[[nodiscard]] boost::system::error_code os_error(int err) noexcept;

// Both functions below look `path` up as if the directory `root` were the root of the file system: an absolute path or
// symlink starts there, ".." stops there, magic links of /proc are refused (ELOOP). They open nothing on the way
// but O_PATH descriptors, so neither devices nor fifos notice, and they never leave the root, whatever is renamed
// meanwhile. An empty path is ENOENT. The result is a descriptor of the node itself, symlinks followed. `flags` is
// O_PATH, O_PATH | O_DIRECTORY, or O_RDONLY | O_DIRECTORY for a directory that can be read and synced. Thread safe;
// they block as far as the file system does.

/// By the kernel. ENOSYS, EPERM or EINVAL where it cannot; EAGAIN where renames keep getting in its way.
[[nodiscard]] os_result<unique_fd> resolve_by_kernel(int root, const std::string& path, int flags);

/// Component by component, for kernels before 5.6 and seccomp filters that do not know openat2.
[[nodiscard]] os_result<unique_fd> resolve_by_walk(int root, const std::string& path, int flags);

/// Whether `path` is that of a directory and no name in it is a symlink. False also where the kernel cannot tell, as
/// with resolve_by_kernel(). Thread safe; blocks as far as the file system does.
[[nodiscard]] bool is_directory_without_links(const std::string& path) noexcept;

/// Where a file is or may be made: a directory (O_PATH) and a name in it, a plain single component.
struct place {
    unique_fd directory;
    std::string name;
};

/// The place that `path` names once a symlink at its end, and those that it leads to, were followed; nothing has to be
/// there. As in the other functions nothing leaves the root. EISDIR where the path ends at a directory and in no name
/// (".", "..", "/"), or in a slash behind one, whether something is there or not. By the walk whatever the kernel can
/// do: it has no call for this.
[[nodiscard]] os_result<place> resolve_place(int root, const std::string& path);

} // namespace tug::os

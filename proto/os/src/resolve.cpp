#include "tug/os/resolve.hpp"

#include <boost/system/system_category.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>

namespace tug::os {

boost::system::error_code os_error(int err) noexcept {
    return {err, boost::system::system_category()};
}

namespace {

/// libc 2.36 has no openat2. -1, with errno.
int open_by(int at, const std::string& path, int flags, std::uint64_t resolve) noexcept {
    open_how how{};
    how.flags = static_cast<__u64>(O_CLOEXEC | flags);
    how.resolve = resolve;
    return static_cast<int>(::syscall(SYS_openat2, at, path.c_str(), &how, sizeof how));
}

} // namespace

bool is_directory_without_links(const std::string& path) noexcept {
    const unique_fd found(open_by(AT_FDCWD, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS));
    return static_cast<bool>(found);
}

os_result<unique_fd> resolve_by_kernel(int root, const std::string& path, int flags) {
    // EAGAIN: some rename or mount happened while a ".." was crossed and the kernel cannot vouch for the outcome.
    constexpr int attempts = 32;
    for (int attempt = 1;; ++attempt) {
        const int fd = open_by(root, path, flags, RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
        if (fd >= 0) return unique_fd(fd);
        if ((errno != EAGAIN && errno != EINTR) || attempt == attempts) return os_error(errno);
    }
}

} // namespace tug::os

#include "tug/os/resolve.hpp"

#include <boost/system/system_category.hpp>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace tug::os {

boost::system::error_code os_error(int err) noexcept {
    return {err, boost::system::system_category()};
}

os_result<unique_fd> resolve_by_kernel(int root, const std::string& path, int flags) {
    open_how how{};
    how.flags = static_cast<__u64>(O_CLOEXEC | flags);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    // EAGAIN: some rename or mount happened while a ".." was crossed and the kernel cannot vouch for the outcome.
    constexpr int attempts = 32;
    for (int attempt = 1;; ++attempt) {
        const auto fd = static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
        if (fd >= 0) return unique_fd(fd);
        if ((errno != EAGAIN && errno != EINTR) || attempt == attempts) return os_error(errno);
    }
}

} // namespace tug::os

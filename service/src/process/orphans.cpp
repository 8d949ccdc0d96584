#include "orphans.hpp"

#include "../os/errno.hpp"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

namespace tug::service {

proto::result<void> become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) return file_failure(errno, "cannot become a child subreaper");
    return {};
}

void reap_orphans() noexcept {
    if (::gettid() != ::getpid()) return;
    int status = 0;
    pid_t pid = 0;
    do {
        pid = ::waitpid(-1, &status, WNOHANG | __WNOTHREAD);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
}

} // namespace tug::service

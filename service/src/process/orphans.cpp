#include "orphans.hpp"

#include "process_table.hpp"
#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace tug::service {

proto::result<void> become_subreaper() {
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0)
        return os::file_failure(errno, "cannot become a child subreaper");
    return {};
}

orphan_list::orphan_list() {
    int subreaper = 0;
    if (::getpid() != 1 && (::prctl(PR_GET_CHILD_SUBREAPER, &subreaper) != 0 || subreaper == 0)) return;
    const std::string file = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
    children_.reset(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
}

bool orphan_list::empty() const noexcept {
    char first = 0;
    return children_ && ::pread(children_.get(), &first, sizeof first, 0) == 0;
}

void reap_orphans() noexcept {
    if (::gettid() != ::getpid()) return;
    const auto no_look = hold_adopted();
    int status = 0;
    pid_t pid = 0;
    do {
        pid = ::waitpid(-1, &status, WNOHANG | __WNOTHREAD);
    } while (pid > 0 || (pid < 0 && errno == EINTR));
}

} // namespace tug::service

#include "pinned_process.hpp"

#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace tug::service {

namespace {

/// How kernels that do not know a call say so, and seccomp filters of older container engines.
bool is_missing(int err) noexcept {
    return err == ENOSYS || err == EPERM || err == EINVAL;
}

} // namespace

pinned_process::pinned_process(const proc_stat& found)
    : pid_(found.pid),
      start_time_(found.start_time),
      pidfd_(static_cast<int>(::syscall(SYS_pidfd_open, found.pid, 0))),
      held_((pidfd_ || is_missing(errno)) && is_there()) {
    if (!held_) pidfd_.reset();
}

bool pinned_process::is_there() const noexcept {
    proc_stat now;
    return read_proc_stat(pid_, now) == 0 && now.start_time == start_time_;
}

int pinned_process::signal(int number) const noexcept {
    if (!held_) return ESRCH;
    if (pidfd_) {
        if (::syscall(SYS_pidfd_send_signal, pidfd_.get(), number, nullptr, 0) == 0) return 0;
        if (!is_missing(errno)) return errno;
    }
    if (!is_there()) return ESRCH;
    return ::kill(pid_, number) == 0 ? 0 : errno;
}

void pinned_process::reap() const noexcept {
    if (!held_) return;
    siginfo_t info{};
    if (pidfd_) {
        if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED | WNOHANG) == 0) return;
        if (!is_missing(errno)) return;
    }
    if (is_there()) ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG);
}

} // namespace tug::service

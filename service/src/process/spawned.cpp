#include "spawned.hpp"

#include <sys/wait.h>

#include <cerrno>
#include <csignal>

namespace tug::service {

spawned& spawned::operator=(spawned&& other) noexcept {
    if (this == &other) return *this;
    kill_and_reap();
    pid_ = std::exchange(other.pid_, 0);
    tag_ = other.tag_;
    pidfd_ = std::move(other.pidfd_);
    in_cgroup_ = other.in_cgroup_;
    return *this;
}

void spawned::kill_and_reap() noexcept {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL); // ours and not reaped, so this is it and no other process, also where it left its group
    reap();
}

void spawned::reap() noexcept {
    if (pid_ == 0) return;
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    pidfd_.reset();
}

bool spawned::reap_if_ended() noexcept {
    if (pid_ != 0 && ::waitpid(pid_, nullptr, WNOHANG) == 0) return false;
    abandon();
    return true;
}

void spawned::abandon() noexcept {
    pid_ = 0;
    pidfd_.reset();
}

} // namespace tug::service

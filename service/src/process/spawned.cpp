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
    return *this;
}

void spawned::kill_and_reap() noexcept {
    if (pid_ == 0) return;
    ::kill(-pid_, SIGKILL);
    ::kill(pid_, SIGKILL); // ours and not reaped, so this is it and nobody else, also where it left its group
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
    pidfd_.reset();
}

} // namespace tug::service

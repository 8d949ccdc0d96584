#include "starts.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <csignal>

namespace tug::service {

starts::one::one(starts& all, const std::function<bool()>& given_up)
    : all_(all), given_up_(given_up), began_(std::chrono::steady_clock::now()) {
    const std::lock_guard lock(all_.mutex_);
    number_ = all_.begun_++;
    all_.all_.push_back(*this);
}

starts::one::~one() {
    const std::lock_guard lock(all_.mutex_);
    all_.all_.erase(all_.all_.iterator_to(*this));
    all_.over_.notify_all();
}

bool starts::one::ended() const {
    const std::lock_guard lock(all_.mutex_);
    return ended_;
}

void starts::end_stuck(std::chrono::steady_clock::time_point now) {
    const std::lock_guard lock(mutex_);
    for (auto& child : all_) {
        const auto age = now - child.began_;
        if (child.ended_ || age < least_age) continue;
        if (age < timeout && !(child.given_up_ && child.given_up_())) continue;
        // The kernel has written it, while the thread that it belongs to waits.
        const int pidfd = std::atomic_ref(child.pidfd_).load();
        child.ended_ = pidfd >= 0 && ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0U) == 0;
        // Where a seccomp filter knows no pidfds. The child is not reaped yet, so its pid is its own.
        const pid_t pid = std::atomic_ref(child.pid_).load();
        if (!child.ended_ && pid > 0) child.ended_ = ::kill(pid, SIGKILL) == 0;
    }
}

void starts::await_present() {
    std::unique_lock lock(mutex_);
    const auto present = begun_;
    over_.wait_for(lock, least_age, [&] { return all_.empty() || all_.front().number_ >= present; });
}

} // namespace tug::service

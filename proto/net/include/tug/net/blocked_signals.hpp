#pragma once

#include <csignal>

namespace tug::net {

/// While it lives every signal is blocked in this thread, and for good in the threads that it starts meanwhile: signals
/// are the main thread's, and one that is sent to the process interrupts no other.
class blocked_signals {
public:
    blocked_signals() noexcept {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }

    ~blocked_signals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

    blocked_signals(const blocked_signals&) = delete;
    blocked_signals& operator=(const blocked_signals&) = delete;

private:
    sigset_t before_{};
};

} // namespace tug::net

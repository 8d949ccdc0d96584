#include "ignored_signals.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <csignal>

namespace tug::service {

namespace {

constexpr int last_signal = 64;

constexpr signal_bits only(int signal) noexcept {
    return signal_bits{1} << (signal - 1);
}

/// The kernel's struct sigaction, which is not libc's: that hides the two signals that it keeps for itself.
struct disposition {
    void (*handler)(int) = SIG_DFL;
    unsigned long rest[3] = {0, 0, 0};
};

signal_bits ask_kernel() noexcept {
    signal_bits out = 0;
    for (int signal = 1; signal <= last_signal; ++signal) {
        disposition has;
        if (::syscall(SYS_rt_sigaction, signal, nullptr, &has, sizeof has.rest[0]) == 0 && has.handler == SIG_IGN)
            out |= only(signal);
    }
    return out;
}

} // namespace

signal_bits all_signals() noexcept {
    return ~(only(SIGKILL) | only(SIGSTOP));
}

signal_bits ignored_signals::at(clock::time_point now) noexcept {
    const auto since = now.time_since_epoch();
    const auto looked = clock::duration(looked_.load());
    if (looked.count() == 0 || since - looked > most_age) {
        set_ = ask_kernel();
        looked_ = since.count();
    }
    return set_;
}

} // namespace tug::service

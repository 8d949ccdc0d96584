#include "end_by_signal.hpp"

#include "terminal_modes.hpp"

#include <csignal>
#include <cstdlib>

#include <signal.h>

namespace tug::cli {

namespace {

bool sigpipe_was_ignored = false;

bool is_ignored(int number) noexcept {
    struct sigaction now{};
    return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

} // namespace

void prepare_signals() noexcept {
    sigpipe_was_ignored = is_ignored(SIGPIPE);
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t fatal;
    sigemptyset(&fatal);
    for (const int number : {SIGINT, SIGTERM, SIGHUP})
        if (!is_ignored(number)) sigaddset(&fatal, number);
    ::pthread_sigmask(SIG_UNBLOCK, &fatal, nullptr);
}

bool sigpipe_was_ignored_at_start() noexcept {
    return sigpipe_was_ignored;
}

void die_by(int number) noexcept {
    restore_terminal();
    struct sigaction as_ever{};
    as_ever.sa_handler = SIG_DFL;
    ::sigaction(number, &as_ever, nullptr);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    ::raise(number);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr); // within its own handler it is blocked until here
    std::_Exit(128 + number);
}

void die_by_sigpipe() noexcept {
    if (!sigpipe_was_ignored) die_by(SIGPIPE);
}

} // namespace tug::cli

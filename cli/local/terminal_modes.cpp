#include "terminal_modes.hpp"

#include "byte_streams.hpp"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>

namespace tug::cli {

namespace {

/// What ends a process that does not catch it. SIGINT, SIGTERM and SIGHUP are caught_signals', SIGPIPE is ignored.
constexpr std::array fatal{SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,   SIGBUS,  SIGFPE, SIGUSR1,   SIGSEGV, SIGUSR2,
                           SIGALRM, SIGXCPU, SIGXFSZ, SIGSTKFLT, SIGPROF, SIGIO,  SIGVTALRM, SIGPWR,  SIGSYS};
constexpr std::array job_control{SIGTSTP, SIGCONT};

// What the handlers touch. The modes and the descriptor are set while nothing is kept.
int terminal_fd = -1;
termios as_found{};
termios in_use{};
std::string_view on_enter; ///< Set while `kept`, as on_leave.
std::string_view on_leave;
std::atomic<bool> kept{false};    ///< A terminal_modes lives.
std::atomic<bool> changed{false}; ///< The terminal may have other modes than as_found.
std::array<struct sigaction, fatal.size()> fatal_before{};
std::array<struct sigaction, job_control.size()> job_control_before{};

bool in_background() noexcept {
    const pid_t foreground = ::tcgetpgrp(terminal_fd); // none where it is not our controlling terminal
    return foreground >= 0 && foreground != ::getpgrp();
}

void say(std::string_view text) noexcept {
    if (!text.empty()) static_cast<void>(!::write(STDOUT_FILENO, text.data(), text.size()));
}

/// Ends the process as it would have ended without us: the signal comes again when this handler returns.
extern "C" void restore_and_die(int number) {
    restore_terminal();
    for (std::size_t i = 0; i < fatal.size(); ++i)
        if (fatal[i] == number) ::sigaction(number, &fatal_before[i], nullptr);
    ::raise(number);
}

/// Stops as it would have stopped without us, in here; then catches the signal again.
extern "C" void restore_and_stop(int number) {
    const int saved = errno;
    if (kept && changed) ::tcgetattr(terminal_fd, &in_use);
    restore_terminal();
    struct sigaction by_default{};
    struct sigaction ours{};
    by_default.sa_handler = SIG_DFL;
    ::sigaction(number, &by_default, &ours);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    ::raise(number);
    ::pthread_sigmask(SIG_UNBLOCK, &one, nullptr);
    ::sigaction(number, &ours, nullptr);
    errno = saved;
}

extern "C" void take_up_again(int) {
    const int saved = errno;
    if (kept && in_background()) {
        ::raise(SIGTTOU); // continued in the background: nothing to do before it comes back, by the next SIGCONT
    } else if (kept) {
        // After a SIGSTOP it is still as_found that was there before us, whatever the shell made of the terminal.
        if (!changed.exchange(true)) ::tcgetattr(terminal_fd, &as_found);
        ::tcsetattr(terminal_fd, TCSANOW, &in_use);
        say(on_enter);
        ::raise(SIGWINCH);
    }
    errno = saved;
}

void set_restoring_handler(int number, void (*handler)(int), struct sigaction& before) {
    ::sigaction(number, nullptr, &before);
    if (before.sa_handler == SIG_IGN) return;
    struct sigaction next{};
    next.sa_handler = handler;
    next.sa_flags = SA_RESTART;
    sigemptyset(&next.sa_mask);
    ::sigaction(number, &next, nullptr);
}

} // namespace

void restore_terminal() noexcept {
    if (!changed.exchange(false) || in_background()) return;
    say(on_leave);
    ::tcsetattr(terminal_fd, TCSANOW, &as_found);
}

terminal_modes::terminal_modes(int terminal) {
    terminal_fd = terminal;
    if (in_background()) ::raise(SIGTTOU); // else the modes that are found would be those of the shell's own prompt
    if (::tcgetattr(terminal, &as_found) != 0) throw_local("the terminal cannot be asked for its modes", errno);
    in_use = as_found;
    for (std::size_t i = 0; i < fatal.size(); ++i) set_restoring_handler(fatal[i], restore_and_die, fatal_before[i]);
    set_restoring_handler(SIGTSTP, restore_and_stop, job_control_before[0]);
    set_restoring_handler(SIGCONT, take_up_again, job_control_before[1]);
    changed = kept = true;
}

terminal_modes::~terminal_modes() {
    kept = false;
    restore_terminal();
    on_enter = on_leave = {};
    for (std::size_t i = 0; i < fatal.size(); ++i) ::sigaction(fatal[i], &fatal_before[i], nullptr);
    for (std::size_t i = 0; i < job_control.size(); ++i) ::sigaction(job_control[i], &job_control_before[i], nullptr);
}

void terminal_modes::make_raw() {
    ::cfmakeraw(&in_use);
    in_use.c_cc[VMIN] = 1;
    in_use.c_cc[VTIME] = 0;
    if (::tcsetattr(terminal_fd, TCSANOW, &in_use) != 0) throw_local("the terminal cannot be made raw", errno);
}

void terminal_modes::use_screen(std::string_view enter, std::string_view leave) noexcept {
    on_leave = leave;
    on_enter = enter;
    say(enter);
}

void terminal_modes::suspend() noexcept {
    ::kill(0, SIGTSTP);
}

} // namespace tug::cli

#include "os/terminate_handler.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <new>
#include <string_view>

namespace tug::service {

namespace {

/// Without an allocation: there may be no memory.
void write(std::string_view text) noexcept {
    static_cast<void>(!::write(STDERR_FILENO, text.data(), text.size()));
}

[[noreturn]] void say_why_and_abort() noexcept {
    try {
        if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
        write("tugd: ended by a bug\n");
    } catch (const std::bad_alloc&) {
        write("tugd: ended: no memory was left for what had begun; allow it more, or lower its limits\n");
    } catch (const std::exception& e) {
        write("tugd: ended by a bug: ");
        write(e.what());
        write("\n");
    } catch (...) {
        write("tugd: ended by a bug: what was thrown is no std::exception\n");
    }
    std::abort();
}

struct crash {
    int number;
    std::string_view text;
};

constexpr std::array crashes{crash{SIGABRT, "ended by SIGABRT\n"}, crash{SIGBUS, "ended by SIGBUS\n"},
                             crash{SIGFPE, "ended by SIGFPE\n"},   crash{SIGILL, "ended by SIGILL\n"},
                             crash{SIGSEGV, "ended by SIGSEGV\n"}, crash{SIGSYS, "ended by SIGSYS\n"}};

/// The default is in force again by now: the signal that is raised ends the process when this returns.
void say_signal(int number) {
    for (const auto& one : crashes)
        if (one.number == number) write(one.text);
    ::raise(number);
}

} // namespace

void install_crash_handler() {
    for (const auto& one : crashes) {
        struct sigaction now{};
        if (::sigaction(one.number, nullptr, &now) != 0 || now.sa_handler != SIG_DFL) continue;
        struct sigaction handler{};
        handler.sa_handler = say_signal;
        handler.sa_flags = static_cast<int>(SA_RESETHAND);
        ::sigaction(one.number, &handler, nullptr);
    }
}

void install_terminate_handler() {
    std::set_terminate(say_why_and_abort);
}

} // namespace tug::service

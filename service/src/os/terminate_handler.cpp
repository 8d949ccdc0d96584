#include "os/terminate_handler.hpp"

#include <unistd.h>

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

} // namespace

void install_terminate_handler() {
    std::set_terminate(say_why_and_abort);
}

} // namespace tug::service

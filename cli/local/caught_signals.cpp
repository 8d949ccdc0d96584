#include "caught_signals.hpp"

#include "end_by_signal.hpp"

#include <boost/asio/buffer.hpp>

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr std::array numbers{SIGINT, SIGTERM, SIGHUP};

// What the handler touches.
std::atomic<bool> armed{false};
std::atomic<int> came{0};
std::atomic<bool> untold{false}; // `came` has yet to be told to on_first
std::atomic<bool> resized{false};
std::atomic<int> wake_fd{-1};
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

void wake() {
    const int saved = errno;
    const std::uint64_t one = 1;
    static_cast<void>(!::write(wake_fd, &one, sizeof one));
    errno = saved;
}

extern "C" void take_signal(int number) {
    if (!armed.exchange(false)) die_by(number);
    came = number;
    untold = true;
    wake();
}

extern "C" void take_resize(int) {
    resized = true;
    wake();
}

int make_event() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    return fd;
}

void set_handler(int number, void (*handler)(int)) {
    struct sigaction now{};
    ::sigaction(number, nullptr, &now);
    if (now.sa_handler == SIG_IGN) return;
    struct sigaction next{};
    next.sa_handler = handler;
    next.sa_flags = SA_RESTART;
    ::sigaction(number, &next, nullptr);
}

} // namespace

caught_signals::caught_signals(asio::io_context& io, std::function<void()> on_first)
    : wake_(io, make_event()), on_first_(std::move(on_first)) {
    armed = false;
    forget();
    wake_fd = wake_.native_handle();
    for (const int number : numbers) set_handler(number, take_signal);
    listen();
}

caught_signals::~caught_signals() {
    for (const int number : numbers) set_handler(number, SIG_DFL);
    on_resize(nullptr);
}

void caught_signals::arm() noexcept {
    armed = true;
}

void caught_signals::disarm() noexcept {
    armed = false;
}

int caught_signals::first() const noexcept {
    return came;
}

void caught_signals::forget() noexcept {
    came = 0;
    untold = false;
}

void caught_signals::on_resize(std::function<void()> what) {
    on_resize_ = std::move(what);
    set_handler(SIGWINCH, on_resize_ ? take_resize : SIG_DFL);
}

void caught_signals::listen() {
    wake_.async_read_some(asio::buffer(&count_, sizeof count_), [this](boost::system::error_code ec, std::size_t) {
        if (ec) return;
        if (resized.exchange(false) && on_resize_) on_resize_();
        if (untold.exchange(false)) on_first_();
        listen();
    });
}

} // namespace tug::cli

#include "jobs/terminal.hpp"

#include "jobs/pipe_end.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

terminal::terminal(const asio::any_io_executor& executor, terminal_ends ends, std::shared_ptr<recording> record)
    : master_(open_pipe_end(executor, std::move(ends.master))),
      slave_(std::move(ends.slave)),
      record_(std::move(record)) {}

terminal::~terminal() {
    if (record_) record_->finish();
}

void terminal::shown(std::span<const std::byte> bytes) {
    if (record_) record_->shown(bytes);
}

void terminal::typed(std::span<const std::byte> bytes) {
    if (record_) record_->typed(bytes);
}

bool terminal::resize(std::uint16_t rows, std::uint16_t cols) {
    if (!master_.is_open() || !set_terminal_size(master_.native_handle(), rows, cols)) return false;
    if (record_) record_->resized(rows, cols);
    return true;
}

void terminal::redraw() noexcept {
    // Asked of the master, this is the foreground of the slave. It is positive where there is one.
    const pid_t foreground = master_.is_open() ? ::tcgetpgrp(master_.native_handle()) : -1;
    if (foreground > 0) ::kill(-foreground, SIGWINCH);
}

std::string terminal::end_of_input(bool at_line_start) {
    termios mode{};
    if (!master_.is_open() || ::tcgetattr(master_.native_handle(), &mode) != 0) return {};
    const auto character = static_cast<unsigned char>(mode.c_cc[VEOF]);
    if (character == _POSIX_VDISABLE) return {};
    const bool by_lines = (mode.c_lflag & ICANON) != 0;
    return std::string(by_lines && !at_line_start ? 2 : 1, static_cast<char>(character));
}

bool terminal::hung_up() {
    pollfd p{master_.native_handle(), 0, 0};
    return ::poll(&p, 1, 0) == 1 && (p.revents & POLLHUP) != 0;
}

void terminal::close() {
    boost::system::error_code ignored;
    master_.close(ignored);
    slave_.reset();
}

} // namespace tug::service

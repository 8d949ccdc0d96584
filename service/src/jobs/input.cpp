#include "jobs/input.hpp"

#include "jobs/pipe_end.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

input::input(const asio::any_io_executor& executor, os::unique_fd pipe)
    : pipe_(open_pipe_end(executor, std::move(pipe))), to_(*pipe_) {}

input::input(terminal& on) : terminal_(&on), to_(on.master()) {}

asio::awaitable<bool> input::write(const proto::chunk& piece) {
    if (!piece.empty()) at_line_start_ = piece.bytes().back() == std::byte('\n');
    return write_all(piece.bytes());
}

asio::awaitable<bool> input::write_all(std::span<const std::byte> rest) {
    while (!rest.empty()) {
        if (!to_.is_open()) co_return false;
        const auto n = ::write(to_.native_handle(), rest.data(), rest.size());
        if (n > 0) {
            if (terminal_ != nullptr) terminal_->typed(rest.first(static_cast<std::size_t>(n)));
            rest = rest.subspan(static_cast<std::size_t>(n));
            continue;
        }
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno != EAGAIN) co_return false;
        if (terminal_ != nullptr && terminal_->hung_up()) co_return false; // it has no room any more, nor an error
        const auto [ec] =
            co_await to_.async_wait(asio::posix::descriptor_base::wait_write, asio::as_tuple(asio::use_awaitable));
        if (ec) co_return false;
    }
    co_return true;
}

asio::awaitable<void> input::finish() {
    if (terminal_ == nullptr) {
        close();
        co_return;
    }
    const auto typed = terminal_->end_of_input(at_line_start_);
    co_await write_all(std::as_bytes(std::span(typed)));
}

void input::close() {
    boost::system::error_code ignored;
    if (pipe_) pipe_->close(ignored);
}

} // namespace tug::service

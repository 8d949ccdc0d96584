#include "jobs/input.hpp"

#include "jobs/pipe_end.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

input::input(asio::any_io_executor executor, unique_fd pipe)
    : pipe_(open_pipe_end(std::move(executor), std::move(pipe))) {}

asio::awaitable<bool> input::write(const proto::chunk& piece) {
    auto rest = piece.bytes();
    while (!rest.empty()) {
        if (!pipe_.is_open()) co_return false;
        const auto n = ::write(pipe_.native_handle(), rest.data(), rest.size());
        if (n > 0) {
            rest = rest.subspan(static_cast<std::size_t>(n));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) co_return false;
        const auto [ec] =
            co_await pipe_.async_wait(asio::posix::descriptor_base::wait_write, asio::as_tuple(asio::use_awaitable));
        if (ec) co_return false;
    }
    co_return true;
}

void input::close() {
    boost::system::error_code ignored;
    pipe_.close(ignored);
}

} // namespace tug::service

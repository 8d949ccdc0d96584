#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tug::cli {

/// What coroutines of one thread wait for: that something has changed. They look again each time.
class change {
public:
    explicit change(const boost::asio::any_io_executor& executor)
        : never_(executor, boost::asio::steady_timer::time_point::max()) {}

    /// Cancellable.
    [[nodiscard]] boost::asio::awaitable<void> wait() {
        (void)co_await never_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }

    void notify() { never_.cancel(); }

private:
    boost::asio::steady_timer never_;
};

} // namespace tug::cli

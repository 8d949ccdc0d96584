#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>

namespace tug::net {

/// Waits that long; cancellable as every wait.
inline boost::asio::awaitable<void> wait_for(std::chrono::steady_clock::duration time) {
    if (time <= std::chrono::steady_clock::duration::zero()) co_return;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor, time);
    co_await timer.async_wait(boost::asio::use_awaitable);
}

} // namespace tug::net

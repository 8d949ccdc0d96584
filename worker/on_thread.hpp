#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <functional>
#include <utility>

namespace tug::worker {

/// Runs `work`, which blocks, on a thread of the pool, and resumes the caller on its own executor with what it has
/// brought or thrown. It cannot be cancelled: what it refers to must live until it has ended. Precondition: R has a
/// default value.
template <class R>
boost::asio::awaitable<R> on_thread(boost::asio::thread_pool& pool, std::function<R()> work) {
    namespace asio = boost::asio;
    auto start = [&pool](auto handler, std::function<R()> what) {
        const auto home = asio::prefer(asio::any_io_executor(asio::get_associated_executor(handler)),
                                       asio::execution::outstanding_work.tracked);
        asio::post(pool, [home, h = std::move(handler), f = std::move(what)]() mutable {
            std::exception_ptr thrown;
            R out{};
            try {
                out = f();
            } catch (...) {
                thrown = std::current_exception();
            }
            asio::post(home, [h = std::move(h), thrown, out = std::move(out)]() mutable {
                std::move(h)(thrown, std::move(out));
            });
        });
    };
    using signature = void(std::exception_ptr, R);
    co_return co_await asio::async_initiate<const asio::use_awaitable_t<>&, signature>(start, asio::use_awaitable,
                                                                                       std::move(work));
}

} // namespace tug::worker

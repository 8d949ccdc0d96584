#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace tug::net {

/// Runs `fn` on a thread of `pool` and resumes the coroutine on its own executor with what it returned or threw. For
/// work that may block: file I/O, fsync, directory walks, starting a process.
///
/// Not cancellable: `fn` refers to the coroutine's frame, so the coroutine waits for it whatever happens. Keep `fn` to
/// one bounded piece of work and look at the reason to end between two of them. Neither the pool nor the executor may
/// go while it runs.
template <class F>
boost::asio::awaitable<std::invoke_result_t<F&>> run_blocking(boost::asio::thread_pool& pool, F fn) {
    using value = std::invoke_result_t<F&>;
    const boost::asio::any_io_executor home = co_await boost::asio::this_coro::executor;
    std::optional<std::conditional_t<std::is_void_v<value>, bool, value>> out;
    std::exception_ptr thrown;
    const auto work = [&] {
        try {
            if constexpr (std::is_void_v<value>) {
                fn();
                out = true;
            } else {
                out.emplace(fn());
            }
        } catch (...) {
            thrown = std::current_exception();
        }
    };
    // A name for the initiation: g++ 12 destroys such temporaries of a co_await expression twice.
    const auto start = [&](auto handler) {
        boost::asio::post(pool, [&work, home, h = std::move(handler)]() mutable {
            work();
            boost::asio::post(home, std::move(h));
        });
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(start,
                                                                                        boost::asio::use_awaitable);
    if (thrown) std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<value>) co_return std::move(*out);
}

} // namespace tug::net

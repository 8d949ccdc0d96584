#pragma once

#include "tug/net/blocking_pool.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace tug::net {

namespace detail {

/// The work of run_blocking() and what resumes its coroutine.
template <class Work, class Handler>
class blocking_job final : public blocking_pool::job {
public:
    blocking_job(Work& work, boost::asio::any_io_executor home, Handler resume)
        : work_(work),
          home_(boost::asio::prefer(std::move(home), boost::asio::execution::outstanding_work.tracked)),
          resume_(std::move(resume)) {}

    void run() noexcept override {
        work_();
        const auto home = std::move(home_);
        auto resume = std::move(resume_);
        delete this; // before the coroutine goes on: the pool may be joined then
        boost::asio::post(home, std::move(resume));
    }

private:
    Work& work_;
    boost::asio::any_io_executor home_;
    Handler resume_;
};

} // namespace detail

/// Runs `fn` on a thread of `pool`, which is a blocking_pool or a share of one, and resumes the coroutine on its own
/// executor with what it returned or threw. For work that may block: file I/O, fsync, directory walks, starting a
/// process.
///
/// Not cancellable: `fn` refers to the coroutine's frame, so the coroutine waits for it whatever happens. Keep `fn` to
/// one bounded piece of work and look at the reason to end between two of them. Neither the pool nor the executor may
/// go while it runs.
template <class Pool, class F>
boost::asio::awaitable<std::invoke_result_t<F&>> run_blocking(Pool& pool, F fn) {
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
        using job = detail::blocking_job<const decltype(work), decltype(handler)>;
        pool.post(*std::make_unique<job>(work, home, std::move(handler)).release());
    };
    co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>&, void()>(start,
                                                                                        boost::asio::use_awaitable);
    if (thrown) std::rethrow_exception(thrown);
    if constexpr (!std::is_void_v<value>) co_return std::move(*out);
}

} // namespace tug::net

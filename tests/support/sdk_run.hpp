#pragma once

#include <tug/client.hpp>
#include <tug/net/condition.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <utility>

namespace tug::test {

/// No test of the SDK takes longer, also under a sanitizer on a busy machine.
inline constexpr std::chrono::seconds sdk_bound{60};

/// Runs the coroutine that `body` makes, and then everything that it left behind, to the end: a client that is gone
/// leaves nothing that runs. Throws what it throws.
template <class F>
void run_on(boost::asio::io_context& io, F&& body) {
    std::exception_ptr thrown;
    bool ended = false;
    boost::asio::co_spawn(io, body(), [&](std::exception_ptr e) {
        thrown = e;
        ended = true;
    });
    io.run_for(sdk_bound);
    if (thrown) std::rethrow_exception(thrown);
    BOOST_REQUIRE_MESSAGE(ended, "the coroutine did not end");
    BOOST_REQUIRE_MESSAGE(io.stopped(), "something still runs");
}

template <class F>
void run(F&& body) {
    boost::asio::io_context io(1);
    run_on(io, std::forward<F>(body));
}

/// The code of the tug::error that the call throws; success where it throws none.
template <class T>
boost::asio::awaitable<errc> error_of(boost::asio::awaitable<T> call) {
    try {
        co_await std::move(call);
    } catch (const error& e) {
        co_return e.failure().code;
    }
    co_return errc::success;
}

} // namespace tug::test

// How Boost.Test prints it.
namespace tug::proto {

inline std::ostream& boost_test_print_type(std::ostream& out, errc code) {
    return out << name_of(code);
}

} // namespace tug::proto

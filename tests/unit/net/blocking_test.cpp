#include "tug/net/blocking.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>

namespace {

namespace asio = boost::asio;
using tug::net::blocking_pool;
using tug::net::run_blocking;

/// Runs a coroutine on this thread to its end.
template <class F>
void on_this_thread(F make) {
    asio::io_context io;
    std::exception_ptr thrown;
    asio::co_spawn(io, make(), [&](std::exception_ptr e) { thrown = e; });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> compare_threads(blocking_pool& pool, bool& elsewhere, bool& back) {
    const auto here = std::this_thread::get_id();
    const auto ask = [] { return std::this_thread::get_id(); };
    elsewhere = co_await run_blocking(pool, ask) != here;
    back = std::this_thread::get_id() == here;
}

asio::awaitable<void> move_a_result(blocking_pool& pool, int& out) {
    const auto make = [] { return std::make_unique<int>(7); }; // cannot be copied
    out = *co_await run_blocking(pool, make);
}

asio::awaitable<void> throw_there(blocking_pool& pool) {
    const auto fail = []() -> int { throw std::runtime_error("there"); };
    co_await run_blocking(pool, fail);
}

asio::awaitable<void> no_result(blocking_pool& pool, int& out) {
    const auto set = [&] { out = 9; };
    co_await run_blocking(pool, set);
}

BOOST_AUTO_TEST_SUITE(blocking_test)

BOOST_AUTO_TEST_CASE(it_runs_there_and_resumes_here) {
    blocking_pool pool(1);
    bool elsewhere = false;
    bool back = false;
    on_this_thread([&] { return compare_threads(pool, elsewhere, back); });
    BOOST_TEST(elsewhere);
    BOOST_TEST(back);
}

BOOST_AUTO_TEST_CASE(results) {
    blocking_pool pool(1);
    int out = 0;
    on_this_thread([&] { return move_a_result(pool, out); });
    BOOST_TEST(out == 7);
    on_this_thread([&] { return no_result(pool, out); });
    BOOST_TEST(out == 9);
}

BOOST_AUTO_TEST_CASE(what_it_throws_arrives_here) {
    blocking_pool pool(1);
    BOOST_CHECK_THROW(on_this_thread([&] { return throw_there(pool); }), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "cli/local/control.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <csignal>
#include <exception>
#include <optional>

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace tug::cli {

namespace {

using clock = std::chrono::steady_clock;

/// Runs a coroutine to its end on an io_context.
template <class Coroutine>
void run(asio::io_context& io, Coroutine coroutine) {
    std::exception_ptr failed;
    bool ended = false;
    asio::co_spawn(io, std::move(coroutine), [&](std::exception_ptr e) {
        failed = std::move(e);
        ended = true;
        io.stop();
    });
    io.run();
    if (failed) std::rethrow_exception(failed);
    BOOST_TEST(ended);
}

/// Passes the deadline without a look at the clock of the io_context, then lets it have `turns`.
asio::awaitable<int> late(clock::time_point deadline, int turns) {
    while (clock::now() <= deadline) continue;
    for (int i = 0; i < turns; ++i) co_await asio::post(asio::use_awaitable);
    co_return 1;
}

/// As long as a call of the next line takes.
asio::awaitable<int> short_call() {
    for (int i = 0; i < 50; ++i) co_await asio::post(asio::use_awaitable);
    asio::steady_timer pause(co_await asio::this_coro::executor, 1ms);
    co_await pause.async_wait(asio::use_awaitable);
    co_return 2;
}

asio::awaitable<int> interrupted(int number, asio::steady_timer& forever) {
    std::raise(number);
    co_await forever.async_wait(asio::use_awaitable); // throws where it is cancelled
    co_return 3;
}

} // namespace

BOOST_AUTO_TEST_SUITE(cli_control)

BOOST_AUTO_TEST_CASE(a_deadline_that_is_queued_when_its_call_ends_spares_the_next) {
    // How many turns it takes until the expiry is queued and not yet run depends on Asio: one of these meets it.
    for (int turns = 0; turns < 8; ++turns) {
        asio::io_context io(1);
        control ctl(io);
        run(io, [&]() -> asio::awaitable<void> {
            try {
                co_await ctl.run(late(clock::now() + 2ms, turns), 1ms);
            } catch (const boost::system::system_error&) {
                BOOST_TEST(ctl.timed_out()); // the deadline came first
            }
            BOOST_TEST(co_await ctl.run(short_call(), std::nullopt) == 2);
            BOOST_TEST(!ctl.timed_out());
        }());
    }
}

BOOST_AUTO_TEST_CASE(a_deadline_that_was_moved_does_not_come) {
    for (int turns = 0; turns < 8; ++turns) {
        asio::io_context io(1);
        control ctl(io);
        run(io, [&]() -> asio::awaitable<void> {
            const auto moving = [&]() -> asio::awaitable<int> {
                ctl.set_deadline(clock::now() + 1ms);
                co_await asio::post(asio::use_awaitable);
                const auto until = clock::now() + 2ms;
                while (clock::now() <= until) continue;
                for (int i = 0; i < turns; ++i) co_await asio::post(asio::use_awaitable);
                ctl.set_deadline(std::nullopt);
                co_return co_await short_call();
            };
            try {
                BOOST_TEST(co_await ctl.run(moving(), std::nullopt) == 2);
                BOOST_TEST(!ctl.timed_out());
            } catch (const boost::system::system_error&) {
                BOOST_TEST(turns > 0); // it came before it was taken away
            }
        }());
    }
}

BOOST_AUTO_TEST_CASE(a_signal_cancels_the_call_and_is_kept) {
    asio::io_context io(1);
    control ctl(io);
    run(io, [&]() -> asio::awaitable<void> {
        asio::steady_timer forever(io, clock::time_point::max());
        BOOST_CHECK_THROW(co_await ctl.run(interrupted(SIGTERM, forever), std::nullopt), boost::system::system_error);
        BOOST_TEST(ctl.caught() == SIGTERM);
        ctl.forget_signals();
        BOOST_TEST(ctl.caught() == 0);
    }());
}

BOOST_AUTO_TEST_CASE(a_signal_that_was_forgotten_spares_the_next_call) {
    asio::io_context io(1);
    control ctl(io);
    run(io, [&]() -> asio::awaitable<void> {
        const auto raising = []() -> asio::awaitable<int> {
            std::raise(SIGINT);
            co_return 1; // before the io_context hears of it
        };
        BOOST_TEST(co_await ctl.run(raising(), std::nullopt) == 1);
        BOOST_TEST(ctl.caught() == SIGINT);
        ctl.forget_signals();
        BOOST_TEST(co_await ctl.run(short_call(), std::nullopt) == 2);
    }());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli

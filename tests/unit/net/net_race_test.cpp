#include "tug/net/race.hpp"

#include "tug/net/tokens.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/multiple_exceptions.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

namespace {

namespace asio = boost::asio;
using namespace tug::net;

/// Notes that it was cancelled, and returns all the same.
asio::awaitable<int> wait_for_ever(std::string& log) {
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    const auto [ec] = co_await never.async_wait(as_tuple);
    log += ec == asio::error::operation_aborted ? "cancelled " : "came ";
    co_return -1;
}

asio::awaitable<void> wait_in_vain(std::string& log) {
    co_await wait_for_ever(log);
}

asio::awaitable<std::unique_ptr<int>> soon(int value) {
    co_await asio::post(asio::use_awaitable);
    co_return std::make_unique<int>(value);
}

asio::awaitable<void> at_once() {
    co_return;
}

asio::awaitable<int> throw_soon(const char* what) {
    co_await asio::post(asio::use_awaitable);
    throw std::runtime_error(what);
}

/// Runs it to its end; what it threw.
std::string run(asio::awaitable<void> work) {
    asio::io_context io;
    std::string thrown;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& e) {
        try {
            if (e) std::rethrow_exception(e);
        } catch (const asio::multiple_exceptions& all) {
            try {
                std::rethrow_exception(all.first_exception());
            } catch (const std::exception& first) {
                thrown = std::string("several, first ") + first.what();
            }
        } catch (const std::exception& one) {
            thrown = one.what();
        }
    });
    io.run();
    return thrown;
}

} // namespace

BOOST_AUTO_TEST_SUITE(net_race_test)

BOOST_AUTO_TEST_CASE(the_first_wins_and_the_other_is_cancelled) {
    std::string log;
    const auto work = [&]() -> asio::awaitable<void> {
        auto left = race(soon(7), wait_for_ever(log));
        const auto first = co_await std::move(left);
        BOOST_REQUIRE(first.index() == 0U);
        BOOST_TEST(*std::get<0>(first) == 7);
        auto right = race(wait_in_vain(log), soon(8));
        const auto second = co_await std::move(right);
        BOOST_REQUIRE(second.index() == 1U);
        BOOST_TEST(*std::get<1>(second) == 8);
        auto of_nothing = race(wait_for_ever(log), at_once());
        BOOST_TEST((co_await std::move(of_nothing)).index() == 1U);
    };
    BOOST_TEST(run(work()) == "");
    BOOST_TEST(log == "cancelled cancelled cancelled ");
}

/// The race goes on without one that throws.
BOOST_AUTO_TEST_CASE(one_that_throws_has_not_won) {
    std::string log;
    const auto work = [&]() -> asio::awaitable<void> {
        auto second = race(throw_soon("lost"), soon(9));
        BOOST_TEST((co_await std::move(second)).index() == 1U);
        auto none = race(throw_soon("first"), throw_soon("second"));
        (void)co_await std::move(none);
        log += "went on";
    };
    BOOST_TEST(run(work()) == "several, first first");
    BOOST_TEST(log == "");
}

BOOST_AUTO_TEST_CASE(both_to_their_end) {
    std::string log;
    const auto work = [&]() -> asio::awaitable<void> {
        auto values = both(soon(1), soon(2));
        const auto [one, other] = co_await std::move(values);
        BOOST_TEST(*one == 1);
        BOOST_TEST(*other == 2);
        auto failing = both(wait_for_ever(log), throw_soon("broke"));
        (void)co_await std::move(failing);
    };
    BOOST_TEST(run(work()) == "broke");
    BOOST_TEST(log == "cancelled ");
}

BOOST_AUTO_TEST_CASE(both_are_cancelled_with_their_caller) {
    asio::io_context io;
    asio::cancellation_signal stop;
    std::string log;
    auto work = both(wait_in_vain(log), wait_in_vain(log));
    asio::co_spawn(io, std::move(work),
                   asio::bind_cancellation_slot(stop.slot(), [&](const std::exception_ptr&) { log += "over"; }));
    asio::post(io, [&] { stop.emit(asio::cancellation_type::terminal); });
    io.run();
    BOOST_TEST(log == "cancelled cancelled over");
}

BOOST_AUTO_TEST_SUITE_END()

#include "tug/net/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using tug::net::task_group;
constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> nothing() {
    co_return;
}

/// Notes how a wait without end was ended.
asio::awaitable<void> wait_for_ever(std::string& log) {
    asio::steady_timer never(co_await asio::this_coro::executor, std::chrono::hours(1));
    const auto [ec] = co_await never.async_wait(as_tuple);
    log += ec == asio::error::operation_aborted ? "cancelled " : "came ";
}

asio::awaitable<void> wait_for(tug::net::condition& e, std::string& log, std::string name) {
    co_await e.async_wait(as_tuple);
    log += name + " ";
}

asio::awaitable<void> spawn_into(task_group& group, tug::net::condition& e, std::string& log) {
    co_await e.async_wait(as_tuple);
    group.spawn(wait_for(e, log, "child"));
    log += "parent ";
}

/// Is cancelled while it does not wait.
asio::awaitable<void> go_on_cancelled(task_group& group, tug::net::condition& e, std::string& log) {
    co_await e.async_wait(as_tuple);
    group.cancel();
    log += "cancelled ";
    co_await nothing();
    log += "went on ";
}

asio::awaitable<void> throw_something() {
    throw std::runtime_error("a task must not throw");
    co_return;
}

/// An executor that has no memory for the next thing that it is to run.
struct failing_executor {
    asio::io_context* io;
    bool* fails;

    template <class F>
    void execute(F&& f) const {
        if (std::exchange(*fails, false)) throw std::bad_alloc();
        io->get_executor().execute(std::forward<F>(f));
    }

    [[nodiscard]] asio::execution_context& query(asio::execution::context_t /*what*/) const noexcept { return *io; }

    [[nodiscard]] static constexpr asio::execution::blocking_t query(asio::execution::blocking_t /*what*/) noexcept {
        return asio::execution::blocking.never;
    }

    bool operator==(const failing_executor&) const noexcept = default;
};

struct with_group {
    asio::io_context io;
    task_group group{io.get_executor()};
    tug::net::condition go{io.get_executor()};
    std::string log;
    bool joined = false;

    void join() {
        asio::co_spawn(io, group.join(), [this](std::exception_ptr) { joined = true; });
        poll();
    }

    void poll() {
        io.restart();
        io.poll();
    }
};

BOOST_FIXTURE_TEST_SUITE(task_group_test, with_group)

BOOST_AUTO_TEST_CASE(an_empty_group) {
    BOOST_TEST(group.empty());
    join();
    BOOST_TEST(joined);
}

BOOST_AUTO_TEST_CASE(join_waits_for_all) {
    group.spawn(wait_for(go, log, "a"));
    group.spawn(nothing());
    group.spawn(wait_for(go, log, "b"));
    join();
    BOOST_TEST(group.size() == 2U);
    BOOST_TEST(!joined);
    go.notify_one();
    poll();
    BOOST_TEST(!joined);
    go.notify_one();
    poll();
    BOOST_TEST(joined);
    BOOST_TEST(log == "a b ");
}

BOOST_AUTO_TEST_CASE(also_for_those_that_come_later) {
    group.spawn(spawn_into(group, go, log));
    join();
    go.notify_all();
    poll();
    BOOST_TEST(log == "parent ");
    BOOST_TEST(!joined);
    go.notify_all();
    poll();
    BOOST_TEST(joined);
}

BOOST_AUTO_TEST_CASE(cancel_reaches_all) {
    group.spawn(wait_for_ever(log));
    group.spawn(wait_for_ever(log));
    poll();
    group.cancel();
    join();
    BOOST_TEST(joined);
    BOOST_TEST(log == "cancelled cancelled ");
}

/// join() itself cannot be cancelled: what it waits for would be left alone.
BOOST_AUTO_TEST_CASE(join_cannot_be_cancelled) {
    task_group outer(io.get_executor());
    group.spawn(wait_for(go, log, "a"));
    outer.spawn(group.join());
    poll();
    outer.cancel();
    poll();
    BOOST_TEST(!outer.empty());
    go.notify_all();
    poll();
    BOOST_TEST(outer.empty());
}

BOOST_AUTO_TEST_CASE(what_a_task_throws_ends_run) {
    asio::co_spawn(io, nothing(), [this](std::exception_ptr) { group.spawn(throw_something()); });
    BOOST_CHECK_THROW(io.run(), std::runtime_error);
    BOOST_TEST(group.empty());
}

/// Else join() would wait for it for ever.
BOOST_AUTO_TEST_CASE(one_that_is_cancelled_between_two_waits_just_ends) {
    group.spawn(go_on_cancelled(group, go, log));
    poll();
    go.notify_all();
    BOOST_CHECK_NO_THROW(poll());
    BOOST_TEST(log == "cancelled ");
    join();
    BOOST_TEST(joined);
}

BOOST_AUTO_TEST_CASE(a_task_that_could_not_be_started_is_none_of_the_group) {
    bool fails = true;
    task_group starved(failing_executor{&io, &fails});
    BOOST_CHECK_THROW(starved.spawn(nothing()), std::bad_alloc);
    poll();
    BOOST_TEST(starved.empty());
}

/// A coroutine that waits goes with its executor, later than the group.
BOOST_AUTO_TEST_CASE(tasks_may_outlive_the_group) {
    auto mortal = std::make_unique<asio::io_context>();
    {
        task_group short_lived(mortal->get_executor());
        short_lived.spawn(wait_for_ever(log));
        mortal->poll();
        BOOST_TEST(short_lived.size() == 1U);
    }
    mortal.reset();
    BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

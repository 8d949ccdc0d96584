#include "semaphore.hpp"

#include "support/sdk_run.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <list>
#include <memory>
#include <string>

using namespace tug;
using namespace tug::detail;
namespace asio = boost::asio;

namespace {

/// Those who take turns, one letter each, and what became of them in order.
struct queue {
    asio::io_context io{1};
    std::shared_ptr<semaphore> gate = std::make_shared<semaphore>(io.get_executor());
    std::list<semaphore::permit> held;
    std::string seen;

    asio::awaitable<void> take(char name) {
        auto slot = co_await gate->take();
        seen += slot ? name : '-';
        if (slot) held.push_back(std::move(*slot));
    }

    void join(char name) {
        asio::co_spawn(io, take(name), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
    }

    void join(char name, asio::cancellation_signal& stop) {
        asio::co_spawn(io, take(name), asio::bind_cancellation_slot(stop.slot(), [](std::exception_ptr) {}));
    }

    /// a has the turn; b, who may be stopped, and c wait for it.
    void line_up(asio::cancellation_signal& stops_b) {
        join('a');
        join('b', stops_b);
        join('c');
        settle();
    }

    void settle() {
        io.restart();
        io.poll();
    }
};

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_turns)

BOOST_AUTO_TEST_CASE(first_come_first_served) {
    queue q;
    q.gate->set_limit(2);
    for (const char name : {'a', 'b', 'c', 'd'}) q.join(name);
    q.settle();
    BOOST_TEST(q.seen == "ab");
    q.held.pop_front();
    q.settle();
    BOOST_TEST(q.seen == "abc");
    q.held.clear();
    q.settle();
    BOOST_TEST(q.seen == "abcd");
    q.held.clear();
    BOOST_TEST(q.gate->try_take().has_value());
}

BOOST_AUTO_TEST_CASE(nobody_comes_between_a_turn_and_who_waits_for_it) {
    queue q;
    q.join('a');
    q.join('b');
    q.settle();
    q.held.clear();
    BOOST_TEST(!q.gate->try_take().has_value()); // it is given to b already
    q.settle();
    BOOST_TEST(q.seen == "ab");
}

BOOST_AUTO_TEST_CASE(who_leaves_gives_the_turn_on) {
    queue q;
    asio::cancellation_signal stop;
    q.line_up(stop);
    stop.emit(asio::cancellation_type::terminal);
    q.settle();
    BOOST_TEST(q.seen == "a-");
    q.held.clear();
    q.settle();
    BOOST_TEST(q.seen == "a-c");
    q.held.clear();
    BOOST_TEST(q.gate->try_take().has_value());
}

BOOST_AUTO_TEST_CASE(a_turn_that_comes_with_the_cancellation_is_not_lost) {
    queue q;
    asio::cancellation_signal stop;
    q.join('a');
    q.join('b', stop);
    q.settle();
    q.held.clear(); // b has it, but has not run yet
    stop.emit(asio::cancellation_type::terminal);
    q.settle();
    q.held.clear();
    BOOST_TEST(q.gate->try_take().has_value());
}

BOOST_AUTO_TEST_CASE(a_turn_that_comes_before_the_cancellation_goes_to_the_next) {
    queue q;
    asio::cancellation_signal stop;
    q.line_up(stop);
    // On the executor, where a cancellation comes at once: b was told of its turn, but has not run yet.
    asio::post(q.io, [&] {
        q.held.clear();
        stop.emit(asio::cancellation_type::terminal);
    });
    q.settle();
    BOOST_TEST(q.seen == "a-c");
    q.held.clear();
    BOOST_TEST(q.gate->try_take().has_value());
}

BOOST_AUTO_TEST_CASE(the_end_is_everybodys_end) {
    queue q;
    for (const char name : {'a', 'b', 'c'}) q.join(name);
    q.settle();
    q.gate->close(failure(errc::connection_lost));
    q.settle();
    BOOST_TEST(q.seen == "a--");
    BOOST_TEST(!q.gate->try_take().has_value());
    q.join('d');
    q.settle();
    BOOST_TEST(q.seen == "a---");
}

BOOST_AUTO_TEST_SUITE_END()

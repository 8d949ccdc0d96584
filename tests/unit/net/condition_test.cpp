#include "tug/net/condition.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

struct waiting {
    asio::io_context io;
    std::unique_ptr<tug::net::condition> it = std::make_unique<tug::net::condition>(io.get_executor());
    std::string log;

    void wait(char name) {
        it->async_wait([this, name](error_code ec) { log += ec ? std::string{name, '!'} : std::string{name}; });
    }

    /// What came of it, once all that is due has run.
    std::string ran() {
        io.restart();
        io.poll();
        return log;
    }
};

BOOST_FIXTURE_TEST_SUITE(event_test, waiting)

BOOST_AUTO_TEST_CASE(all_are_woken_in_their_order) {
    wait('a');
    wait('b');
    BOOST_TEST(ran() == "");
    it->notify_all();
    BOOST_TEST(log == ""); // not inside the call
    BOOST_TEST(ran() == "ab");
    BOOST_TEST(!it->has_waiters());
}

BOOST_AUTO_TEST_CASE(one_is_woken) {
    wait('a');
    wait('b');
    BOOST_TEST(it->notify_one());
    BOOST_TEST(ran() == "a");
    BOOST_TEST(it->notify_one());
    BOOST_TEST(!it->notify_one());
    BOOST_TEST(ran() == "ab");
}

/// It has no memory: who comes later waits for the next time.
BOOST_AUTO_TEST_CASE(a_notification_is_not_kept) {
    it->notify_all();
    wait('a');
    BOOST_TEST(ran() == "");
    it->notify_all();
    wait('b');
    BOOST_TEST(ran() == "a");
}

BOOST_AUTO_TEST_CASE(cancel) {
    asio::cancellation_signal stop;
    wait('a');
    it->async_wait(asio::bind_cancellation_slot(stop.slot(), [this](error_code ec) { log += ec ? "x!" : "x"; }));
    wait('b');
    stop.emit(asio::cancellation_type::terminal);
    BOOST_TEST(ran() == "x!");
    stop.emit(asio::cancellation_type::terminal); // comes too late, and does no harm
    it->notify_all();
    BOOST_TEST(ran() == "x!ab");
}

BOOST_AUTO_TEST_CASE(cancel_after_the_notification) {
    asio::cancellation_signal stop;
    it->async_wait(asio::bind_cancellation_slot(stop.slot(), [this](error_code ec) { log += ec ? "x!" : "x"; }));
    it->notify_all();
    stop.emit(asio::cancellation_type::terminal);
    BOOST_TEST(ran() == "x");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_event) {
    wait('a');
    it.reset();
    BOOST_TEST(ran() == "a!");
}

/// A coroutine waits: there is work, and run() does not return.
BOOST_AUTO_TEST_CASE(a_waiter_is_work) {
    wait('a');
    io.poll();
    BOOST_TEST(!io.stopped());
    it->notify_all();
    io.poll();
    BOOST_TEST(io.stopped());
}

/// What never runs is freed all the same.
BOOST_AUTO_TEST_CASE(the_end_of_the_executor) {
    const auto held = std::make_shared<int>(1);
    it->async_wait([held](error_code) {});
    it->notify_all();
    it.reset();
    BOOST_TEST(held.use_count() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

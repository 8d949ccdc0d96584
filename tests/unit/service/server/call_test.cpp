// A call without a server: its reasons to end.

#include "support/talk.hpp"

#include "tug/service/call.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace tug::test;
using tug::service::cancel_reason;

struct with_call {
    asio::io_context io;
    tug::proto::json_reader reader;
    std::vector<std::byte> scratch = std::vector<std::byte>(1024);
    std::shared_ptr<tug::net::link> over;
    tug::net::blocking_pool pool{1};
    tug::service::thread_shares threads{pool, pool};
    std::unique_ptr<tug::service::call> it;

    with_call() {
        tug::net::stream_socket socket(io, asio::generic::stream_protocol(AF_UNIX, 0),
                                       ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        over = std::make_shared<tug::net::link>(tug::net::transport(std::move(socket)), tug::proto::role::server,
                                                tug::proto::limits(), reader, scratch, tug::net::timeouts());
        over->protocol().greet(sample_hello(false));
        auto c = over->protocol().open(tug::proto::call_id(1), put_streams, tug::proto::call_class::bulk).value();
        it = std::make_unique<tug::service::call>(over, std::move(c), tug::service::caller(), boost::json::object(),
                                                  threads);
    }

    template <class T>
    T value_of(asio::awaitable<T> work) {
        auto result = asio::co_spawn(io, std::move(work), asio::use_future);
        io.restart();
        io.run();
        return result.get();
    }
};

BOOST_FIXTURE_TEST_SUITE(call_test, with_call)

BOOST_AUTO_TEST_CASE(the_first_reason_counts) {
    BOOST_TEST((it->why_cancelled() == cancel_reason::none));
    it->cancel(cancel_reason::timed_out);
    it->cancel(cancel_reason::cancelled);
    BOOST_TEST((it->why_cancelled() == cancel_reason::timed_out));
    BOOST_REQUIRE(it->io().interrupted().has_value());
    BOOST_TEST((it->io().interrupted()->code == tug::proto::errc::timed_out));
}

/// Streams are left to an endpoint that ends by hand, unless the client is gone.
BOOST_AUTO_TEST_CASE(by_hand) {
    it->end_by_hand();
    it->cancel(cancel_reason::cancelled);
    BOOST_TEST(!it->io().interrupted().has_value());
    with_call other;
    other.it->end_by_hand();
    other.it->cancel(cancel_reason::disconnected);
    BOOST_TEST(other.it->io().interrupted().has_value());
}

BOOST_AUTO_TEST_CASE(a_timeout) {
    it->cancel_after(std::chrono::milliseconds(1));
    io.run();
    BOOST_TEST((it->why_cancelled() == cancel_reason::timed_out));
}

/// The timer has expired, but its handler comes after the one that ends the call: it must not look at it any more.
BOOST_AUTO_TEST_CASE(a_timeout_that_comes_too_late) {
    it->cancel_after(std::chrono::milliseconds(0)); // expired when the loop first looks at its clocks
    asio::post(io, [this] { it.reset(); });
    io.run();
    BOOST_TEST(!it);
}

// --- what an endpoint waits for besides its streams ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_time_passes) {
    value_of(it->wait_for(std::chrono::milliseconds(1)));
    BOOST_TEST((it->why_cancelled() == cancel_reason::none));
    it->cancel(cancel_reason::cancelled);
    value_of(it->wait_for(std::chrono::hours(1))); // none begins any more
}

BOOST_AUTO_TEST_CASE(a_wait_ends_with_the_call) {
    asio::post(io, [this] { it->cancel(cancel_reason::disconnected); });
    value_of(it->wait_for(std::chrono::hours(1)));
    BOOST_TEST((it->why_cancelled() == cancel_reason::disconnected));
}

/// It is notified of other things, too.
BOOST_AUTO_TEST_CASE(a_stop_that_is_awaited) {
    std::string seen;
    asio::co_spawn(io, it->stopped(), [&](std::exception_ptr) { seen += "stopped"; });
    io.poll();
    it->changed().notify_all();
    io.poll();
    BOOST_TEST(seen.empty());
    it->cancel(cancel_reason::cancelled);
    io.run();
    BOOST_TEST(seen == "stopped");
}

BOOST_AUTO_TEST_CASE(work_that_is_done_before_the_call_ends) {
    const auto number = []() -> asio::awaitable<int> { co_return 7; };
    BOOST_TEST((value_of(it->unless_stopped(number())) == std::optional(7)));
    const auto fails = []() -> asio::awaitable<int> {
        throw std::runtime_error("of its own");
        co_return 0;
    };
    BOOST_CHECK_THROW(value_of(it->unless_stopped(fails())), std::runtime_error);
}

/// Work that is cancelled is waited for: it may refer to what its caller has.
BOOST_AUTO_TEST_CASE(work_that_is_cancelled) {
    bool cleaned_up = false;
    const auto work = [&]() -> asio::awaitable<int> {
        asio::steady_timer never(io, std::chrono::hours(1));
        co_await never.async_wait(asio::as_tuple(asio::use_awaitable));
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        co_await asio::post(io, asio::use_awaitable);
        cleaned_up = true;
        co_return 7;
    };
    asio::post(io, [this] { it->cancel(cancel_reason::cancelled); });
    BOOST_TEST((value_of(it->unless_stopped(work())) == std::optional(7)));
    BOOST_TEST(cleaned_up);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

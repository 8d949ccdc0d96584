// A call without a server: its reasons to end.

#include "support/talk.hpp"

#include "tug/service/call.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace tug::test;
using tug::service::ending;

struct with_call {
    asio::io_context io;
    tug::proto::json_reader reader;
    std::vector<std::byte> scratch = std::vector<std::byte>(1024);
    std::shared_ptr<tug::net::link> over;
    std::unique_ptr<tug::service::call> it;
    int ended = 0;

    with_call() {
        tug::net::stream_socket socket(io, asio::generic::stream_protocol(AF_UNIX, 0),
                                       ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
        over = std::make_shared<tug::net::link>(tug::net::transport(std::move(socket)), tug::proto::role::server,
                                                tug::proto::limits(), reader, scratch, tug::net::patience());
        over->protocol().greet(sample_hello(false));
        auto c = over->protocol().open(tug::proto::call_id(1), put_streams, true).value();
        it = std::make_unique<tug::service::call>(over, std::move(c), tug::service::caller(), boost::json::object());
        it->on_end = [this] { ++ended; };
    }
};

BOOST_FIXTURE_TEST_SUITE(call_test, with_call)

BOOST_AUTO_TEST_CASE(the_first_reason_counts) {
    BOOST_TEST((it->why_ending() == ending::none));
    it->end(ending::timed_out);
    it->end(ending::cancelled);
    BOOST_TEST((it->why_ending() == ending::timed_out));
    BOOST_TEST(ended == 1);
    BOOST_REQUIRE(it->io().interrupted().has_value());
    BOOST_TEST((it->io().interrupted()->code == tug::proto::errc::timed_out));
}

/// Streams are left to an endpoint that ends by hand, unless nobody is there any more.
BOOST_AUTO_TEST_CASE(by_hand) {
    it->end_by_hand();
    it->end(ending::cancelled);
    BOOST_TEST(!it->io().interrupted().has_value());
    BOOST_TEST(ended == 1);
    with_call other;
    other.it->end_by_hand();
    other.it->end(ending::gone);
    BOOST_TEST(other.it->io().interrupted().has_value());
}

BOOST_AUTO_TEST_CASE(a_timeout) {
    it->end_after(std::chrono::milliseconds(1));
    io.run();
    BOOST_TEST((it->why_ending() == ending::timed_out));
}

/// The timer has expired, but its handler comes after the one that ends the call: it must not look at it any more.
BOOST_AUTO_TEST_CASE(a_timeout_that_comes_too_late) {
    it->end_after(std::chrono::milliseconds(0)); // expired when the loop first looks at its clocks
    asio::post(io, [this] { it.reset(); });
    io.run();
    BOOST_TEST(ended == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

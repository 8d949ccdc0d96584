// The session of a client against a server that is played by hand, over a socket pair.

#include "session.hpp"

#include "support/played_peer.hpp"
#include "support/sdk_run.hpp"
#include "support/talk.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <list>
#include <memory>
#include <string>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t large = 60'000;

struct greeted : played_peer {
    std::shared_ptr<detail::session> it;
    std::string answers; ///< Of the requests, by the code of each.
    std::list<asio::cancellation_signal> stops;

    explicit greeted(std::chrono::milliseconds answer_within = 60s) {
        it = std::make_shared<detail::session>(connect(), answer_within);
        it->start();
        std::string hello;
        proto::append_notification(hello, "rpc.hello", sample_hello(false).to_json());
        say(frame(hello));
        BOOST_REQUIRE(it->protocol().admitted());
    }

    ~greeted() {
        it->release();
        poll();
    }

    /// What the client has sent, until it has nothing more to send.
    std::vector<read_frame> take() { return frames_of(take_bytes()); }

    /// Begins a request with a payload of that size.
    void request(std::size_t size) {
        json::object params{{"payload", std::string(size, 'x')}, {"n", stops.size()}};
        auto work = it->request("my.call", std::move(params));
        asio::co_spawn(io, std::move(work),
                       asio::bind_cancellation_slot(
                           stops.emplace_back().slot(), [this](std::exception_ptr, proto::result<json::value> answer) {
                               answers += answer ? "result " : std::string(name_of(answer.error().code)) + " ";
                           }));
        poll();
    }

    void cancel(std::size_t which) {
        std::next(stops.begin(), static_cast<std::ptrdiff_t>(which))->emit(asio::cancellation_type::terminal);
        poll();
    }

    [[nodiscard]] std::size_t queued() { return it->protocol().output().size(); }
};

std::string method_of(const read_frame& f) {
    return std::string(f.json().at("method").as_string());
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_session)

BOOST_AUTO_TEST_CASE(requests_wait_for_room_in_order) {
    greeted g;
    constexpr std::size_t count = 200;
    for (std::size_t i = 0; i < count; ++i) g.request(large);
    BOOST_TEST(g.queued() <= net::output_low_water + large + 200);
    const auto frames = g.take();
    BOOST_TEST_REQUIRE(frames.size() == count);
    for (std::size_t i = 0; i < count; ++i)
        BOOST_TEST(frames[i].json().at("params").at("n").to_number<std::size_t>() == i);
    BOOST_TEST(g.answers.empty());
}

/// One that comes when there is room does not overtake those that wait.
BOOST_AUTO_TEST_CASE(a_small_request_waits_behind_large_ones) {
    greeted g;
    for (int i = 0; i < 30; ++i) g.request(large);
    g.request(1);
    const auto frames = g.take();
    BOOST_TEST_REQUIRE(frames.size() == 31U);
    BOOST_TEST(frames.back().json().at("params").at("n").as_int64() == 30);
}

BOOST_AUTO_TEST_CASE(one_that_waits_for_room_can_leave) {
    greeted g;
    for (int i = 0; i < 30; ++i) g.request(large);
    g.cancel(29);
    BOOST_TEST(g.answers == "cancelled ");
    const auto frames = g.take(); // it was not sent, and so needs no cancel either
    BOOST_TEST(frames.size() == 29U);
}

/// A server that reads nothing.
BOOST_AUTO_TEST_CASE(one_that_waits_for_room_has_its_time) {
    greeted g(1ms);
    for (int i = 0; i < 30; ++i) g.request(large);
    while (g.answers.size() < 30 * std::string_view("timed_out ").size()) g.io.run_one();
    BOOST_TEST(g.queued() <= net::output_low_water + 2 * large);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_connection_is_the_end_of_those_who_wait) {
    greeted g;
    for (int i = 0; i < 30; ++i) g.request(large);
    ::shutdown(g.peer, SHUT_RDWR);
    g.poll();
    BOOST_TEST(g.answers.size() == 30 * std::string_view("connection_lost ").size());
}

// --- what is given up ------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_cancelled_request_is_cancelled_on_the_server) {
    greeted g;
    g.request(1);
    BOOST_TEST(g.take().size() == 1U);
    g.cancel(0);
    BOOST_TEST(g.answers == "cancelled ");
    const auto frames = g.take();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].envelope == R"({"jsonrpc":"2.0","method":"rpc.cancel","params":{"call":1}})");
    g.say(frame(R"({"jsonrpc":"2.0","id":1,"result":{}})")); // it has crossed the cancel
    BOOST_TEST(g.it->is_open());
}

BOOST_AUTO_TEST_CASE(an_answered_request_is_not_cancelled) {
    greeted g;
    g.request(1);
    (void)g.take();
    g.say(frame(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    BOOST_TEST(g.answers == "result ");
    g.cancel(0);
    BOOST_TEST(g.take().empty());
}

BOOST_AUTO_TEST_CASE(a_cancel_does_not_wait_for_room) {
    greeted g;
    g.request(1);
    for (int i = 0; i < 30; ++i) g.request(large);
    const auto before = g.queued();
    g.cancel(0);
    BOOST_TEST(g.queued() > before);
    const auto frames = g.take();
    BOOST_TEST_REQUIRE(frames.size() == 32U);
    BOOST_TEST(method_of(frames.back()) == "my.call"); // it has overtaken those who wait
}

BOOST_AUTO_TEST_SUITE_END()

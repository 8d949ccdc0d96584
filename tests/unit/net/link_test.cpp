// A link on a socket pair: what it reads, writes and waits for.

#include "support/played_peer.hpp"
#include "support/talk.hpp"

#include "tug/net/call_io.hpp"
#include "tug/net/link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace tug::test;
using boost::system::error_code;
using std::chrono::milliseconds;
using tug::net::link;

struct pair : played_peer, link::owner {
    tug::proto::json_reader reader;
    std::vector<std::byte> scratch = std::vector<std::byte>(4096);
    std::shared_ptr<link> it;
    std::string events;
    boost::json::value answer = no_result;
    std::optional<error_code> read_ended;
    bool done = false;
    std::chrono::steady_clock::time_point now{std::chrono::hours(1)};

    explicit pair(tug::proto::role side = tug::proto::role::server) {
        const tug::net::timeouts waits{milliseconds(100), milliseconds(100), milliseconds(100)};
        it = std::make_shared<link>(connect(), side, tug::proto::limits(), reader, scratch, waits);
        if (side == tug::proto::role::server) it->protocol().greet(sample_hello(false));
    }

    ~pair() {
        it->close();
        poll();
    }

    void on_event(tug::proto::event& e) override {
        events += std::string(name_of(e.kind)) + " ";
        if (e.kind == tug::proto::event::type::request) it->protocol().respond(e.message.id, answer);
        if (e.kind == tug::proto::event::type::failed) it->stop_reading();
    }

    void start() {
        asio::co_spawn(io, it->read(*this), [this](std::exception_ptr, error_code ec) { read_ended = ec; });
        it->flush();
        poll();
        take_bytes();
    }

    void linger() {
        asio::co_spawn(io, it->linger(), [this](std::exception_ptr) { done = true; });
        poll();
    }

    /// Queues output that the socket does not take at once.
    void write_much(std::uint64_t id = 99) {
        const auto c = it->protocol().open(tug::proto::call_id(id), get_streams, tug::proto::call_class::bulk).value();
        for (int i = 0; i < 4; ++i) it->protocol().send(*c, 0, tug::proto::chunk::copy_of(std::string(250'000, 'x')));
        it->flush();
        BOOST_REQUIRE(!it->protocol().output().empty());
    }

    /// A client's, as long as there is room for them and no longer.
    void request_much() {
        while (it->protocol().output().size() <= 2 * tug::net::output_high_water) {
            const boost::json::object params{{"payload", std::string(60'000, 'x')}};
            BOOST_REQUIRE(
                it->protocol().start("rpc.ping", params, {}, tug::proto::call_class::short_lived).has_value());
        }
        it->flush();
    }

    bool tick_after(milliseconds time) {
        now += time;
        return it->tick(now);
    }
};

std::string hello_frame() {
    std::string out;
    tug::proto::append_notification(out, "rpc.hello", sample_hello(false).to_json());
    return frame(out);
}

BOOST_FIXTURE_TEST_SUITE(link_test, pair)

BOOST_AUTO_TEST_CASE(frames_in_and_out) {
    start();
    say(frame(request("1", "rpc.ping")) + frame(request("2", "rpc.ping")) + frame(notice("rpc.bye")));
    BOOST_TEST(events == "request request bye ");
    BOOST_TEST(frames_of(take_bytes()).size() == 2U);
    BOOST_TEST(!read_ended.has_value());
}

BOOST_AUTO_TEST_CASE(end_of_input) {
    start();
    say(frame(request("1", "rpc.ping")));
    ::shutdown(peer, SHUT_WR);
    poll();
    BOOST_REQUIRE(read_ended.has_value());
    BOOST_TEST((*read_ended == asio::error::eof));
    BOOST_TEST(it->protocol().input_ended());
    BOOST_TEST(frames_of(take_bytes()).size() == 1U);
}

/// What the socket does not take at once follows by itself.
BOOST_AUTO_TEST_CASE(the_rest_is_written_later) {
    start();
    write_much();
    BOOST_TEST(!it->has_room());
    BOOST_TEST(take_bytes().size() > 1'000'000U);
    BOOST_TEST(it->protocol().output().empty());
    BOOST_TEST(it->has_room());
}

/// Answers that are much larger than their requests, for a peer that asks and does not read: what one read has brought
/// does not all become output at once.
BOOST_AUTO_TEST_CASE(what_waits_to_be_written_is_bounded_within_a_read) {
    start();
    answer = boost::json::string(60'000, 'x');
    constexpr int requests = 60;
    std::string all;
    for (int i = 1; i <= requests; ++i) all += frame(request(std::to_string(i), "rpc.ping"));
    BOOST_REQUIRE(all.size() < scratch.size());
    say(all);
    BOOST_TEST(it->protocol().output().size() <= tug::net::output_high_water + 61'000);
    // All of it comes, in order, once it is read.
    const auto frames = frames_of(take_bytes());
    BOOST_TEST_REQUIRE(frames.size() == requests);
    for (int i = 0; i < requests; ++i) BOOST_TEST(frames[static_cast<std::size_t>(i)].json().at("id") == i + 1);
}

/// It goes on reading, for the server may not do so before it has been read itself.
BOOST_AUTO_TEST_CASE(a_client_reads_whatever_waits_to_be_written) {
    pair client(tug::proto::role::client);
    client.start();
    client.say(hello_frame());
    client.request_much();
    client.say(frame(R"({"jsonrpc":"2.0","id":1,"result":{}})"));
    BOOST_TEST(client.events == "greeted answered ");
    BOOST_TEST(!client.it->has_room());
    BOOST_TEST(client.tick_after(milliseconds(0)));
}

BOOST_AUTO_TEST_CASE(what_a_client_writes_unasked_is_bounded) {
    pair client(tug::proto::role::client);
    client.start();
    client.say(hello_frame());
    client.request_much();
    const auto& all = client.it->protocol().calls();
    while (client.it->protocol().output().size() <= tug::net::client_output_limit)
        client.it->protocol().cancel(*all[0]);
    BOOST_TEST(!client.tick_after(milliseconds(0)));
    BOOST_TEST(!client.it->is_open());
}

BOOST_AUTO_TEST_CASE(reading_stops_when_told) {
    start();
    it->stop_reading();
    it->stop_reading();
    poll();
    BOOST_TEST(read_ended.has_value());
    BOOST_TEST(it->is_open());
}

// --- the clock -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(idle_is_no_reason) {
    start();
    BOOST_TEST(tick_after(milliseconds(0)));
    BOOST_TEST(tick_after(std::chrono::hours(10)));
}

BOOST_AUTO_TEST_CASE(an_envelope_in_parts) {
    start();
    say(frame(request("1", "rpc.ping")).substr(0, 3));
    BOOST_TEST(tick_after(milliseconds(0)));
    say(frame(request("1", "rpc.ping")).substr(3, 20)); // its time is from its first byte
    BOOST_TEST(tick_after(milliseconds(99)));
    BOOST_TEST(!tick_after(milliseconds(1)));
    BOOST_TEST((it->protocol().why().code == tug::proto::errc::timed_out));
    BOOST_TEST(error_text(frames_of(take_bytes()).at(0).json()) == "timed_out null");
}

/// The next envelope has a time of its own.
BOOST_AUTO_TEST_CASE(envelopes_one_after_another) {
    start();
    const auto one = frame(request("1", "rpc.ping"));
    say(one.substr(0, 3));
    for (int i = 0; i < 5; ++i) {
        BOOST_TEST(tick_after(milliseconds(60)));
        say(one.substr(3) + one.substr(0, 3));
    }
    BOOST_TEST(tick_after(milliseconds(60)));
    BOOST_TEST(!tick_after(milliseconds(100)));
}

BOOST_AUTO_TEST_CASE(a_body_that_pauses) {
    start();
    const auto c = it->protocol().open(tug::proto::call_id(7), put_streams, tug::proto::call_class::bulk).value();
    const auto bytes = data_frame(7, "data", "0123456789", true);
    say(bytes.substr(0, bytes.size() - 10));
    for (std::size_t left = 10; left > 1; --left) {
        BOOST_TEST(tick_after(milliseconds(60)));
        say(bytes.substr(bytes.size() - left, 1));
    }
    BOOST_TEST(tick_after(milliseconds(60)));
    BOOST_TEST(!tick_after(milliseconds(100)));
    BOOST_TEST((it->protocol().why().code == tug::proto::errc::timed_out));
    BOOST_TEST(!c->open);
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_read) {
    start();
    write_much();
    BOOST_TEST(tick_after(milliseconds(0)));
    BOOST_TEST(tick_after(milliseconds(99)));
    char byte = 0;
    BOOST_REQUIRE(::recv(peer, &byte, 1, 0) == 1);
    static_cast<void>(take_bytes()); // it reads: all begins anew
    write_much(100);
    BOOST_TEST(tick_after(milliseconds(1)));
    BOOST_TEST(tick_after(milliseconds(99)));
    BOOST_TEST(!tick_after(milliseconds(100)));
    BOOST_TEST(!it->is_open());
    poll();
    BOOST_TEST(read_ended.has_value());
}

// --- an owner that fails ---------------------------------------------------------------------------------------------

/// It costs that read, and leaves the link as it was.
BOOST_AUTO_TEST_CASE(an_owner_that_throws_in_the_middle_of_a_read) {
    struct thrower final : link::owner {
        void on_event(tug::proto::event&) override { throw std::bad_alloc(); }
    } careless;

    bool thrown = false;
    asio::co_spawn(io, it->read(careless), [&](std::exception_ptr e, error_code) { thrown = e != nullptr; });
    it->flush();
    poll();
    static_cast<void>(take_bytes());
    say(frame(request("1", "rpc.ping")));
    BOOST_TEST(thrown);
    it->protocol().respond(tug::proto::call_id(1), no_result);
    it->flush_soon();
    poll();
    BOOST_TEST(frames_of(take_bytes()).size() == 1U);
}

// --- what the kernel is told -----------------------------------------------------------------------------------------

/// Since Linux 5.11 TCP_USER_TIMEOUT ends connections whose peer does not read: it must not do so before we do.
BOOST_AUTO_TEST_CASE(the_kernel_is_as_patient_as_the_link) {
    const auto timeout_for = [&](milliseconds write) {
        tug::net::stream_socket socket(io, asio::generic::stream_protocol(AF_INET, 0),
                                       ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const int fd = socket.native_handle();
        const auto other = std::make_shared<link>(tug::net::transport(std::move(socket)), tug::proto::role::server,
                                                  tug::proto::limits(), reader, scratch,
                                                  tug::net::timeouts{milliseconds(1), milliseconds(1), write});
        int value = 0;
        socklen_t size = sizeof value;
        BOOST_REQUIRE(::getsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &size) == 0);
        return value;
    };
    BOOST_TEST(timeout_for(std::chrono::seconds(120)) > 120'000);
    BOOST_TEST(timeout_for(std::chrono::hours(24)) > 86'400'000);
    BOOST_TEST(timeout_for(tug::net::timeouts().write) > tug::net::timeouts().write.count());
    BOOST_TEST(timeout_for(milliseconds(5)) == 30'000); // a short break of the network is no end
}

// --- the end ---------------------------------------------------------------------------------------------------------

/// The peer reads all of it, then the end; it may go on sending for a while.
BOOST_AUTO_TEST_CASE(lingering) {
    start();
    write_much();
    say(header(0, 0));
    BOOST_TEST(events == "failed ");
    linger();
    const auto before = take_bytes();
    BOOST_TEST(before.size() > 1'000'000U);
    BOOST_TEST(before.find("invalid_request") != std::string::npos);
    say("more, which is never looked at");
    BOOST_TEST(!tick_after(milliseconds(10))); // nor does the clock end it before its time
    poll();
    BOOST_TEST(!done);
    char byte = 0;
    BOOST_TEST(::recv(peer, &byte, 1, 0) == 0);
    ::shutdown(peer, SHUT_WR);
    poll();
    BOOST_TEST(done);
    BOOST_TEST(!it->is_open());
}

BOOST_AUTO_TEST_CASE(lingering_drops_no_more_than_it_must) {
    start();
    say(header(0, 0));
    linger();
    const std::string piece(10'000, 'x');
    std::size_t sent = 0;
    while (!done && sent < 5'000'000) {
        const auto n = ::send(peer, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n > 0) sent += static_cast<std::size_t>(n);
        poll();
    }
    BOOST_TEST(done);
    BOOST_TEST(sent >= 1'048'576U);
    BOOST_TEST(sent < 2'000'000U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

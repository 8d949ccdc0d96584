// A byte_channel of a server's call, over a link whose peer is played by hand.

#include "channel_pair.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/test/unit_test.hpp>
#include <sys/socket.h>

#include <array>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;
using namespace tug::test;
using boost::system::error_code;
using tug::net::byte_channel;

bool is_tug(error_code ec, tug::proto::errc code) {
    return ec == tug::proto::make_error_code(code);
}

BOOST_FIXTURE_TEST_SUITE(byte_channel_test, channel_pair)

BOOST_AUTO_TEST_CASE(every_split_point) {
    const auto all = data_frame(7, "in", "hello ") + data_frame(7, "in", "world") + data_frame(7, "in", "!", true);
    for (std::size_t cut = 0; cut <= all.size(); ++cut) {
        channel_pair p;
        std::string text;
        std::optional<ended> got;
        p.say(all.substr(0, cut));
        p.read(got, 1 + cut % 7);
        p.poll();
        p.say(all.substr(cut));
        while (got && !got->ec) {
            BOOST_TEST_REQUIRE(got->bytes > 0U);
            text += p.buffer.substr(0, got->bytes);
            got.reset();
            p.read(got, 1 + cut % 7);
            p.poll();
        }
        BOOST_TEST_REQUIRE(got.has_value());
        BOOST_TEST((got->ec == asio::error::eof));
        BOOST_TEST(text == "hello world!");
    }
}

BOOST_AUTO_TEST_CASE(handlers_never_run_inside) {
    say(data_frame(7, "in", "abc"));
    std::optional<ended> got;
    read(got);
    BOOST_TEST(!got.has_value());
    poll();
    BOOST_TEST((got && !got->ec && got->bytes == 3));
    got.reset();
    write(got, "abc");
    BOOST_TEST(!got.has_value());
    poll();
    BOOST_TEST((got && !got->ec && got->bytes == 3));
}

/// Whatever the state of the stream is.
BOOST_AUTO_TEST_CASE(nothing_to_move) {
    std::optional<ended> got;
    read(got, 0);
    poll();
    BOOST_TEST((got && !got->ec && got->bytes == 0));
    it->shutdown_send();
    BOOST_TEST(!write_now(""));
}

/// Each type of cancellation moves nothing, and the stream goes on.
BOOST_AUTO_TEST_CASE(a_cancelled_read) {
    for (const auto type :
         {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
        asio::cancellation_signal stop;
        std::optional<ended> got;
        it->async_read_some(asio::buffer(buffer), asio::bind_cancellation_slot(stop.slot(), into(got)));
        poll();
        BOOST_TEST(!got.has_value());
        stop.emit(type);
        BOOST_TEST(!got.has_value());
        poll();
        BOOST_TEST((got && got->ec == asio::error::operation_aborted));
        say(data_frame(7, "in", "whole"));
        BOOST_TEST(read_now() == "whole");
    }
}

/// The wait was over already, but for nothing: the cancel that came between is not lost.
BOOST_AUTO_TEST_CASE(a_cancel_between_two_waits) {
    asio::cancellation_signal stop;
    std::optional<ended> got;
    it->async_read_some(asio::buffer(buffer), asio::bind_cancellation_slot(stop.slot(), into(got)));
    streams->readable(0).notify_all();
    stop.emit(asio::cancellation_type::total);
    poll();
    BOOST_TEST((got && got->ec == asio::error::operation_aborted));
}

BOOST_FIXTURE_TEST_CASE(a_write_takes_what_the_credit_allows, small_window) {
    std::optional<ended> got;
    write(got, "0123456789abcdef");
    poll();
    BOOST_TEST((got && !got->ec && got->bytes == 10));
    asio::cancellation_signal stop;
    got.reset();
    it->async_write_some(asio::buffer("0123"), asio::bind_cancellation_slot(stop.slot(), into(got)));
    poll();
    BOOST_TEST(!got.has_value());
    stop.emit(asio::cancellation_type::partial);
    poll();
    BOOST_TEST((got && got->ec == asio::error::operation_aborted));
    got.reset();
    write(got, "abcdef");
    poll();
    BOOST_TEST(!got.has_value());
    say(frame(notice("rpc.credit", R"({"call":7,"stream":"out","bytes":5})")));
    BOOST_TEST((got && !got->ec && got->bytes == 5));
    const auto frames = take();
    BOOST_TEST_REQUIRE(frames.size() == 2U);
    BOOST_TEST(frames[0].body == "0123456789");
    BOOST_TEST(frames[1].body == "abcde");
}

/// All of it comes by asio::async_write(), in pieces as credit comes.
BOOST_FIXTURE_TEST_CASE(a_composed_write, small_window) {
    std::optional<ended> got;
    const std::array<asio::const_buffer, 2> parts{asio::buffer("0123456", 7), asio::buffer("789abcdef", 9)};
    asio::async_write(*it, parts, into(got));
    poll();
    BOOST_TEST(!got.has_value());
    say(frame(notice("rpc.credit", R"({"call":7,"stream":"out","bytes":50})")));
    BOOST_TEST((got && !got->ec && got->bytes == 16));
}

/// What waits for the peer is bounded, whatever credit it gives.
BOOST_AUTO_TEST_CASE(a_write_waits_for_room) {
    say(frame(notice("rpc.credit", R"({"call":7,"stream":"out","bytes":100000000})")));
    const std::string large(200'000, 'x');
    std::optional<ended> got = ended();
    std::size_t sent = 0;
    while (got) {
        sent += got->bytes;
        got.reset();
        write(got, large);
        poll();
        BOOST_TEST_REQUIRE(sent < 5'000'000U);
    }
    BOOST_TEST(over->protocol().output().size() <= tug::net::output_low_water + 210'000);
    BOOST_TEST(take().size() > 2U);
    BOOST_TEST((got && !got->ec && got->bytes > 0));
}

BOOST_AUTO_TEST_CASE(the_ends_of_its_streams) {
    it->shutdown_send("some digest");
    it->shutdown_send("another");
    BOOST_TEST((write_now("x") == asio::error::broken_pipe));
    poll();
    const auto frames = take();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].json().at("params").at("eof").as_bool());
    BOOST_TEST(frames[0].json().at("params").at("digest").as_string() == "some digest");
    say(data_frame(7, "in", "last", true));
    BOOST_TEST(read_now() == "last");
    BOOST_TEST(read_now() == error_code(asio::error::eof).message());
}

BOOST_FIXTURE_TEST_CASE(a_peer_that_wants_no_more, small_window) {
    BOOST_TEST(!write_now("0123456789"));
    std::optional<ended> got;
    write(got, "more");
    poll();
    BOOST_TEST(!got.has_value());
    say(frame(notice("rpc.stop", R"({"call":7,"stream":"out"})")));
    BOOST_TEST((got && got->ec == asio::error::broken_pipe));
}

BOOST_FIXTURE_TEST_CASE(a_closed_channel, small_window) {
    BOOST_TEST(!write_now("0123456789"));
    say(data_frame(7, "in", "abc"));
    BOOST_TEST(read_now(1) == "a");
    std::optional<ended> written;
    write(written, "more");
    std::optional<ended> got;
    channel_pair other;
    other.read(got);
    other.poll();
    poll();
    BOOST_TEST((!written && !got));
    other.it->close();
    other.poll();
    it->close();
    it->close();
    poll();
    BOOST_TEST((written && written->ec == asio::error::operation_aborted));
    BOOST_TEST((got && got->ec == asio::error::operation_aborted));
    BOOST_TEST(read_now() == error_code(asio::error::operation_aborted).message()); // not "bc"
    std::string said;
    for (const auto& f : take()) said += f.envelope;
    BOOST_TEST(said.find("rpc.stop") != std::string::npos);
    BOOST_TEST(said.find(R"("eof":true)") != std::string::npos);
}

BOOST_FIXTURE_TEST_CASE(a_call_that_ends, small_window) {
    BOOST_TEST(!write_now("0123456789"));
    std::optional<ended> got;
    std::optional<ended> written;
    read(got);
    write(written, "more");
    poll();
    BOOST_TEST((!got && !written));
    say(frame(notice("rpc.cancel", R"({"call":7})")));
    BOOST_TEST((got && is_tug(got->ec, tug::proto::errc::cancelled)));
    BOOST_TEST((written && is_tug(written->ec, tug::proto::errc::cancelled)));
}

/// A client that has closed its side gives no credit any more: the sink of the call is told, once.
BOOST_FIXTURE_TEST_CASE(a_write_that_is_starved, small_window) {
    say(data_frame(7, "in", "", true) + frame(notice("rpc.bye")));
    BOOST_TEST(!write_now("0123456789"));
    std::optional<ended> got;
    write(got, "more");
    ::shutdown(peer, SHUT_WR);
    poll();
    BOOST_TEST(starved);
    BOOST_TEST(!got.has_value()); // this sink does not end the call for it
    starved = false;
    streams->on_credit(0);
    poll();
    BOOST_TEST(!starved);
    it->close(); // the write ends before what it writes its outcome to
    poll();
    BOOST_TEST(got.has_value());
}

BOOST_AUTO_TEST_CASE(one_direction_alone) {
    byte_channel in(streams, 0, std::nullopt);
    byte_channel out(streams, std::nullopt, 0);
    std::optional<ended> got;
    in.async_write_some(asio::buffer("x"), into(got));
    poll();
    BOOST_TEST((got && got->ec == asio::error::broken_pipe));
    got.reset();
    out.async_read_some(asio::buffer(buffer), into(got));
    poll();
    BOOST_TEST((got && got->ec == asio::error::eof));
    in.close();
    out.close();
}

/// An operation shares in what it needs: the channel may move, and go.
BOOST_AUTO_TEST_CASE(an_operation_outlives_its_channel) {
    std::optional<ended> got;
    read(got);
    auto moved = std::make_unique<byte_channel>(std::move(*it));
    it.reset();
    moved.reset();
    say(data_frame(7, "in", "abc"));
    BOOST_TEST((got && got->bytes == 3));
}

// --- completion tokens -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(futures) {
    // A future is fulfilled on a thread of Asio's system context, which may hold the executor of the channel for longer
    // than this test lasts.
    static channel_pair lasting;
    auto written = lasting.it->async_write_some(asio::buffer("abc", 3), asio::use_future);
    auto got = lasting.it->async_read_some(asio::buffer(lasting.buffer), asio::use_future);
    lasting.poll();
    BOOST_TEST(written.get() == 3U);
    lasting.streams->interrupt(tug::proto::errc::timed_out);
    lasting.poll();
    BOOST_CHECK_EXCEPTION(got.get(), boost::system::system_error,
                          [](const auto& e) { return is_tug(e.code(), tug::proto::errc::timed_out); });
}

BOOST_AUTO_TEST_CASE(coroutines) {
    std::string text;
    const auto echo = [&]() -> asio::awaitable<void> {
        for (;;) {
            const auto [ec, n] =
                co_await it->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
            if (ec) break;
            text += buffer.substr(0, n);
            co_await it->async_write_some(asio::buffer(buffer.data(), n));
        }
    };
    bool done = false;
    asio::co_spawn(io, echo(), [&](std::exception_ptr e) { done = !e; });
    say(data_frame(7, "in", "one"));
    say(data_frame(7, "in", " two", true));
    BOOST_TEST(done);
    BOOST_TEST(text == "one two");
}

/// The handler runs where it belongs; what the operation does to the connection happens on the connection's executor.
BOOST_AUTO_TEST_CASE(handlers_run_on_their_executor) {
    asio::io_context other;
    std::optional<ended> got;
    it->async_read_some(asio::buffer(buffer), asio::bind_executor(other, into(got)));
    say(data_frame(7, "in", "abc"));
    BOOST_TEST(!got.has_value());
    BOOST_TEST(!streams->call().inbound[0].has_data());
    other.run();
    BOOST_TEST((got && got->bytes == 3));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

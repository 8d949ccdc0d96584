#include "tug/proto/stream.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::proto;

stream_spec spec() {
    return {"data", direction::to_server};
}

/// As the connection does: credit is used when the frame is seen, then the bytes are queued.
void deliver(inbound_stream& s, std::string_view text) {
    round_trip link;
    s.use_credit(text.size(), 0, link);
    s.push(chunk::copy_of(text), 0);
}

std::uint64_t take_grant(inbound_stream& s) {
    return s.take_grant(0, round_trip());
}

window_sizes fixed(std::uint64_t window) {
    return {window, window};
}

std::string take_all(inbound_stream& s) {
    std::string out;
    while (s.has_data()) out += s.pop().text();
    return out;
}

BOOST_AUTO_TEST_SUITE(stream_test)

BOOST_AUTO_TEST_CASE(bytes_come_out_in_order) {
    inbound_stream s(spec(), fixed(1 << 20));
    std::string sent;
    for (int i = 0; i < 2'000; ++i) {
        const std::string piece(static_cast<std::size_t>(i * 31 % 700 + 1), static_cast<char>('a' + i % 26));
        sent += piece;
        deliver(s, piece);
    }
    BOOST_TEST((take_all(s) == sent));
    BOOST_TEST(!s.has_data());
}

/// Each compressed piece is a frame by itself: nothing is joined to it, nor it to anything.
BOOST_AUTO_TEST_CASE(compressed_pieces_are_not_joined) {
    inbound_stream s(spec(), fixed(1 << 20));
    for (const std::uint32_t holds : {0U, 0U, 900U, 700U, 0U, 0U}) {
        auto piece = chunk::copy_of("abc");
        piece.set_packed(holds);
        round_trip link;
        s.use_credit(3, 0, link);
        s.push(std::move(piece), 0);
    }
    std::string seen;
    while (s.has_data()) {
        const auto piece = s.pop();
        seen +=
            std::string(piece.text()) + "/" + std::to_string(piece.packed()) + "@" + std::to_string(s.position()) + " ";
    }
    BOOST_TEST(seen == "abc/0@3 abc/0@6 abc/900@906 abc/700@1606 abc/0@1609 abc/0@1612 ");
    BOOST_TEST(take_grant(s) == 0U); // 18 bytes are too few to be granted again
}

BOOST_AUTO_TEST_CASE(taking_between_pushes_keeps_the_order) {
    inbound_stream s(spec(), fixed(1 << 20));
    std::string sent;
    std::string taken;
    for (int i = 0; i < 3'000; ++i) {
        const std::string piece(static_cast<std::size_t>(i % 3 == 0 ? 5'000 : 3), static_cast<char>('a' + i % 26));
        sent += piece;
        deliver(s, piece);
        if (i % 40 > 15 && s.has_data()) taken += s.pop().text();
        static_cast<void>(take_grant(s));
    }
    taken += take_all(s);
    BOOST_TEST((taken == sent));
}

BOOST_AUTO_TEST_CASE(single_bytes_are_joined) {
    inbound_stream s(spec(), fixed(1 << 20));
    for (int i = 0; i < 100'000; ++i) deliver(s, "x");
    std::size_t pieces = 0;
    std::size_t held = 0;
    std::size_t bytes = 0;
    while (s.has_data()) {
        auto piece = s.pop();
        ++pieces;
        bytes += piece.size();
        held += piece.size() + piece.room().size();
    }
    BOOST_TEST(bytes == 100'000U);
    BOOST_TEST(pieces <= 10U);
    BOOST_TEST(held <= 2 * bytes);
}

/// The worst mix for joining: a small piece that finds no room, then one that is not joined.
BOOST_AUTO_TEST_CASE(the_worst_mix_costs_a_constant_factor) {
    inbound_stream s(spec(), fixed(1 << 20));
    for (int i = 0; i < 200; ++i) deliver(s, i % 2 == 0 ? std::string(4'097, 'x') : "y");
    std::size_t held = 0;
    std::size_t bytes = 0;
    while (s.has_data()) {
        auto piece = s.pop();
        bytes += piece.size();
        held += piece.size() + piece.room().size();
    }
    BOOST_TEST(held <= 6 * bytes);
}

BOOST_AUTO_TEST_CASE(credit_is_granted_by_quarters_of_the_window) {
    inbound_stream s(spec(), fixed(100));
    deliver(s, std::string(24, 'x'));
    BOOST_TEST(s.credit() == 76U);
    static_cast<void>(s.pop());
    BOOST_TEST(take_grant(s) == 0U); // 24 of 100 are free
    deliver(s, "x");
    BOOST_TEST(take_grant(s) == 0U); // not taken yet
    static_cast<void>(s.pop());
    BOOST_TEST(s.credit() == 75U); // taken, and not done with
    BOOST_TEST(take_grant(s) == 25U);
    BOOST_TEST(s.credit() == 100U);
    BOOST_TEST(take_grant(s) == 0U);
}

/// Whatever the sizes, a receiver that takes all gives the sender credit to go on.
BOOST_AUTO_TEST_CASE(who_takes_all_never_starves_the_sender) {
    for (const std::uint64_t window : {1, 2, 3, 4, 5, 7, 100}) {
        inbound_stream s(spec(), fixed(window));
        for (std::uint64_t i = 0; i < 10 * window; ++i) {
            BOOST_TEST_REQUIRE(s.credit() > 0U);
            deliver(s, "x");
            static_cast<void>(s.pop());
            static_cast<void>(take_grant(s));
            BOOST_TEST_REQUIRE(s.credit() <= window);
        }
    }
}

BOOST_AUTO_TEST_CASE(nothing_is_granted_after_the_end) {
    inbound_stream at_eof(spec(), fixed(100));
    deliver(at_eof, std::string(100, 'x'));
    at_eof.set_eof("d");
    BOOST_TEST(at_eof.eof());
    BOOST_TEST(at_eof.digest().value_or("") == "d");
    BOOST_TEST(take_all(at_eof).size() == 100U);
    BOOST_TEST(take_grant(at_eof) == 0U);

    inbound_stream stopped(spec(), fixed(100));
    deliver(stopped, std::string(100, 'x'));
    stopped.set_stopped();
    BOOST_TEST(!stopped.has_data());
    BOOST_TEST(take_grant(stopped) == 0U);
}

BOOST_AUTO_TEST_CASE(outbound_credit_saturates) {
    outbound_stream s(spec(), 10);
    s.use_credit(10);
    s.grant(0);
    BOOST_TEST(s.credit() == 0U);
    s.grant(max_integer);
    BOOST_TEST(s.credit() == max_integer);
    s.grant(max_integer);
    s.grant(1);
    s.grant(~std::uint64_t{0});
    BOOST_TEST(s.credit() == max_integer);
}

BOOST_AUTO_TEST_CASE(outbound_ends_by_eof_or_stop) {
    outbound_stream by_eof(spec(), 10);
    BOOST_TEST(!by_eof.ended());
    by_eof.set_eof();
    BOOST_TEST((by_eof.ended() && by_eof.eof() && !by_eof.stopped()));
    outbound_stream by_stop(spec(), 10);
    by_stop.set_stopped();
    BOOST_TEST((by_stop.ended() && !by_stop.eof() && by_stop.stopped()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

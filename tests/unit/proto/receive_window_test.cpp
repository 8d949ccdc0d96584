// The window of a stream, with a time that the test makes.

#include "tug/proto/receive_window.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>

namespace {

using namespace tug::proto;

constexpr duration us = 1'000;
constexpr duration ms = 1'000 * us;
constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr window_sizes usual{mib, 64 * mib};

/// A window, its link, and a reader that takes `bytes` in `takes`.
struct bench {
    explicit bench(duration trip, std::shared_ptr<credit_budget> b = std::make_shared<credit_budget>(64 * mib),
                   const window_sizes& sizes = usual)
        : budget(std::move(b)), window(sizes, budget), trip_of_link(trip) {
        link.sample(trip);
    }

    /// What the grant before it has brought.

    std::uint64_t pass(std::uint64_t bytes, duration takes) {
        now += trip_of_link;
        const auto arrived = now;
        window.use(bytes, arrived, link);
        now += takes;
        window.free(bytes, arrived);
        return window.grant(now, link);
    }

    std::shared_ptr<credit_budget> budget;
    round_trip link;
    receive_window window;
    duration trip_of_link;
    time_point now = 0;
};

BOOST_AUTO_TEST_SUITE(receive_window_test)

BOOST_AUTO_TEST_CASE(a_fast_reader_on_a_long_link_grows_to_two_round_trips) {
    bench b(50 * ms);
    // 256 KiB in 5 ms are 50 MiB/s: 5 MiB in 100 ms.
    BOOST_TEST(b.pass(256 * kib, 5 * ms) == 256 * kib + 4 * mib);
    BOOST_TEST(b.window.size() == 5 * mib);
    BOOST_TEST(b.window.credit() == 5 * mib);
    BOOST_TEST(b.budget->charged() == 5 * mib);
}

BOOST_AUTO_TEST_CASE(it_ends_at_the_most) {
    bench b(200 * ms, std::make_shared<credit_budget>(256 * mib), {mib, 16 * mib});
    static_cast<void>(b.pass(256 * kib, 0));
    BOOST_TEST(b.window.size() == 16 * mib);
    static_cast<void>(b.pass(4 * mib, 0));
    BOOST_TEST(b.window.size() == 16 * mib);
}

BOOST_AUTO_TEST_CASE(a_slow_reader_never_grows) {
    bench b(50 * ms);
    for (int i = 0; i < 100; ++i) BOOST_TEST(b.pass(256 * kib, 30 * ms) == 256 * kib); // 8.5 MiB/s: 853 KiB
    BOOST_TEST(b.window.size() == mib);
}

/// What waited for the reader counts against it, also where it then takes all at once.
BOOST_AUTO_TEST_CASE(a_reader_that_pauses_and_then_takes_all_at_once_does_not_grow) {
    bench b(50 * ms);
    b.window.use(mib, 0, b.link);
    for (int i = 0; i < 4; ++i) {
        b.window.free(256 * kib, 0);
        BOOST_TEST(b.window.grant(10'000 * ms + i * us, b.link) == 256 * kib);
    }
    BOOST_TEST(b.window.size() == mib);
}

BOOST_AUTO_TEST_CASE(a_short_link_never_grows) {
    bench b(4'999 * us);
    for (int i = 0; i < 100; ++i) BOOST_TEST(b.pass(256 * kib, 0) == 256 * kib);
}

BOOST_AUTO_TEST_CASE(a_link_that_turns_out_to_be_short_shrinks_what_has_grown) {
    bench b(50 * ms);
    static_cast<void>(b.pass(256 * kib, 10 * ms));
    BOOST_TEST_REQUIRE(b.window.size() > 2 * mib);
    b.link.sample(1 * ms);
    for (int i = 0; i < 20; ++i) static_cast<void>(b.pass(std::min(mib, b.window.credit()), 0));
    BOOST_TEST(b.window.size() == mib);
    BOOST_TEST(b.window.credit() == mib);
    BOOST_TEST(b.budget->charged() == mib);
}

BOOST_AUTO_TEST_CASE(an_unknown_link_never_grows) {
    const auto budget = std::make_shared<credit_budget>(64 * mib);
    receive_window w(usual, budget);
    round_trip link;
    w.use(256 * kib, 0, link);
    w.free(256 * kib, 0);
    BOOST_TEST(w.grant(0, link) == 256 * kib);
}

BOOST_AUTO_TEST_CASE(without_a_budget_nothing_grows) {
    bench b(50 * ms, nullptr);
    BOOST_TEST(b.pass(256 * kib, 0) == 256 * kib);
}

BOOST_AUTO_TEST_CASE(what_is_beyond_the_old_credit_measures_the_link) {
    bench b(90 * ms);
    static_cast<void>(b.pass(mib, 200 * ms)); // 5 MiB/s: no growth
    BOOST_TEST_REQUIRE(b.window.credit() == mib);
    b.window.use(1, b.now + 20 * ms, b.link); // the sender had no credit left: this one came of the grant
    BOOST_TEST(*b.link.least() == 20 * ms);
}

BOOST_AUTO_TEST_CASE(what_was_sent_on_the_old_credit_measures_nothing) {
    bench b(90 * ms);
    static_cast<void>(b.pass(256 * kib, 200 * ms));
    b.window.use(768 * kib, b.now + 1 * ms, b.link);
    BOOST_TEST(*b.link.least() == 90 * ms);
    b.window.use(1, b.now + 70 * ms, b.link);
    BOOST_TEST(*b.link.least() == 70 * ms);
}

BOOST_AUTO_TEST_CASE(grants_are_a_quarter_or_a_mebibyte) {
    bench b(50 * ms);
    BOOST_TEST(b.pass(256 * kib - 1, 0) == 0U);
    BOOST_TEST(b.pass(1, 0) == 256 * kib);
    static_cast<void>(b.pass(256 * kib, 0));
    BOOST_TEST_REQUIRE(b.window.size() == 64 * mib);
    BOOST_TEST(b.pass(mib - 1, 0) == 0U);
    BOOST_TEST(b.pass(1, 0) == mib);
}

BOOST_AUTO_TEST_CASE(a_reader_that_holds_nothing_up_may_have_all_of_it_at_once) {
    bench b(50 * ms);
    BOOST_TEST(b.window.widen(b.now, b.link) == 63 * mib);
    BOOST_TEST(b.window.size() == 64 * mib);
    BOOST_TEST(b.window.credit() == 64 * mib);
    BOOST_TEST(b.budget->charged() == 64 * mib);
    BOOST_TEST(b.window.widen(b.now, b.link) == 0U);
    b.window.use(mib, b.now + 20 * ms, b.link); // nothing that the grant has brought
    BOOST_TEST(*b.link.least() == 50 * ms);
    b.window.use(1, b.now + 30 * ms, b.link);
    BOOST_TEST(*b.link.least() == 30 * ms);
}

BOOST_AUTO_TEST_CASE(nothing_is_granted_at_once_on_a_short_link_or_one_that_is_not_known) {
    bench b(4 * ms);
    BOOST_TEST(b.window.widen(b.now, b.link) == 0U);
    round_trip unknown;
    BOOST_TEST(b.window.widen(b.now, unknown) == 0U);
    BOOST_TEST(b.window.credit() == mib);
}

BOOST_AUTO_TEST_CASE(what_is_granted_at_once_stays_in_the_budget) {
    const auto budget = std::make_shared<credit_budget>(10 * mib);
    bench one(50 * ms, budget);
    bench other(50 * ms, budget);
    BOOST_TEST(one.window.widen(0, one.link) == 8 * mib);
    BOOST_TEST(other.window.widen(0, other.link) == 0U);
    budget->charge(mib);
    bench late(50 * ms, budget);
    BOOST_TEST(late.window.widen(0, late.link) == 0U);
    bench alone(50 * ms, nullptr);
    BOOST_TEST(alone.window.widen(0, alone.link) == 0U);
}

BOOST_AUTO_TEST_CASE(growth_stays_in_the_budget_of_the_connection) {
    const auto budget = std::make_shared<credit_budget>(10 * mib);
    bench one(50 * ms, budget);
    bench other(50 * ms, budget);
    static_cast<void>(one.pass(256 * kib, 0));
    BOOST_TEST(one.window.size() == 9 * mib);
    BOOST_TEST(budget->charged() == 10 * mib);
    static_cast<void>(other.pass(256 * kib, 0));
    BOOST_TEST(other.window.size() == mib);
}

BOOST_AUTO_TEST_CASE(growth_stays_in_the_budget_of_the_server) {
    const auto server = std::make_shared<credit_budget>(10 * mib);
    bench one(50 * ms, std::make_shared<credit_budget>(64 * mib, server));
    bench other(50 * ms, std::make_shared<credit_budget>(64 * mib, server));
    static_cast<void>(one.pass(256 * kib, 0));
    static_cast<void>(other.pass(256 * kib, 0));
    BOOST_TEST(one.window.size() == 9 * mib);
    BOOST_TEST(other.window.size() == mib);
    BOOST_TEST(server->charged() == 10 * mib);
}

BOOST_AUTO_TEST_CASE(over_the_budget_what_has_grown_shrinks_to_its_base) {
    const auto server = std::make_shared<credit_budget>(8 * mib);
    bench b(50 * ms, std::make_shared<credit_budget>(64 * mib, server));
    static_cast<void>(b.pass(256 * kib, 0));
    BOOST_TEST_REQUIRE(b.window.size() == 8 * mib);
    server->charge(100 * mib); // others begin
    std::uint64_t received = 256 * kib;
    while (b.window.credit() >= mib) {
        const bool at_its_base = b.window.size() == mib;
        BOOST_TEST(b.pass(mib, 0) == (at_its_base ? mib : 0U));
        received += mib;
        if (received > 20 * mib) break;
    }
    BOOST_TEST(b.window.size() == mib);
    BOOST_TEST(b.window.credit() == mib);
    server->give_back(100 * mib);
    BOOST_TEST(server->charged() == mib);
    // And it grows again.
    BOOST_TEST(b.pass(256 * kib, 0) > 256 * kib);
}

BOOST_AUTO_TEST_CASE(those_that_grow_come_to_the_same_size) {
    const auto budget = std::make_shared<credit_budget>(16 * mib);
    bench one(50 * ms, budget);
    static_cast<void>(one.pass(256 * kib, 0));
    BOOST_TEST_REQUIRE(one.window.size() == 16 * mib);
    bench other(50 * ms, budget); // its base makes it one too many
    for (int i = 0; i < 60; ++i) {
        static_cast<void>(one.pass(mib, 0));
        static_cast<void>(other.pass(mib, 0));
        BOOST_TEST_REQUIRE(budget->charged() <= 17 * mib);
    }
    BOOST_TEST(one.window.size() == 8 * mib);
    BOOST_TEST(other.window.size() == 8 * mib);
}

BOOST_AUTO_TEST_CASE(the_end_gives_all_back) {
    const auto server = std::make_shared<credit_budget>(64 * mib);
    const auto budget = std::make_shared<credit_budget>(64 * mib, server);
    {
        bench by_end(50 * ms, budget);
        static_cast<void>(by_end.pass(256 * kib, 10 * ms));
        by_end.window.end();
        BOOST_TEST(budget->charged() == 0U);
        bench by_destruction(50 * ms, budget);
        static_cast<void>(by_destruction.pass(256 * kib, 10 * ms));
        const receive_window moved(std::move(by_destruction.window));
        BOOST_TEST(budget->charged() == moved.size());
    }
    BOOST_TEST(budget->charged() == 0U);
    BOOST_TEST(server->charged() == 0U);
    BOOST_TEST(budget->share() == 64 * mib);
}

/// What the sender may have on its way and what the reader has is never more than the window, whatever happens.
BOOST_AUTO_TEST_CASE(the_window_bounds_what_waits) {
    const auto server = std::make_shared<credit_budget>(20 * mib);
    bench b(50 * ms, std::make_shared<credit_budget>(64 * mib, server));
    std::uint32_t state = 1;
    std::uint64_t waits = 0;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 1664525U + 1013904223U;
        const auto n = std::uint64_t{state >> 8U} % (600 * kib);
        if (const auto in = std::min(n, b.window.credit()); state % 2 == 0) {
            b.window.use(in, b.now, b.link);
            waits += in;
        } else {
            const auto out = std::min(n, waits);
            b.window.free(out, b.now - static_cast<duration>(state % 20) * ms);
            waits -= out;
            static_cast<void>(b.window.grant(b.now, b.link));
        }
        b.now += static_cast<duration>(state % 7) * ms;
        if (i % 500 == 0) server->charge(30 * mib);
        if (i % 500 == 250) server->give_back(30 * mib);
        BOOST_TEST_REQUIRE(b.window.credit() + waits <= b.window.size());
        BOOST_TEST_REQUIRE((b.window.size() >= mib && b.window.size() <= 64 * mib));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

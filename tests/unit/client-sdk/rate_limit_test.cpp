#include "rate_limit.hpp"

#include <boost/test/unit_test.hpp>

using namespace tug::detail;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(rate_limit_test)

BOOST_AUTO_TEST_CASE(no_limit_no_wait) {
    rate_limit none(std::nullopt);
    BOOST_TEST((none.pass(1'000'000'000, rate_limit::clock::now()) == 0s));
    BOOST_TEST(none.piece(77) == 77U);
}

BOOST_AUTO_TEST_CASE(what_passes_has_to_be_waited_for) {
    rate_limit limit(1'000);
    auto now = rate_limit::clock::now();
    BOOST_TEST((limit.pass(100, now) == 0s)); // the burst
    BOOST_TEST((limit.pass(1'000, now) == 1s));
    now += 1s;
    BOOST_TEST((limit.pass(500, now) == 500ms));
    now += 250ms; // too early
    BOOST_TEST((limit.pass(500, now) == 750ms));
}

/// A pause is not made up for.
BOOST_AUTO_TEST_CASE(idle_time_is_not_saved) {
    rate_limit limit(1'000);
    auto now = rate_limit::clock::now();
    BOOST_TEST((limit.pass(100, now) == 0s));
    now += 1h;
    BOOST_TEST((limit.pass(1'100, now) == 1s));
}

BOOST_AUTO_TEST_CASE(pieces_are_a_tenth_of_a_second) {
    BOOST_TEST(rate_limit(1'000).piece(4'096) == 100U);
    BOOST_TEST(rate_limit(1).piece(4'096) == 1U);
    BOOST_TEST(rate_limit(1'000'000'000).piece(4'096) == 4'096U);
}

BOOST_AUTO_TEST_SUITE_END()

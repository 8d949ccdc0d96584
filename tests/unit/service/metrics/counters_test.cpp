#include "metrics/counters.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>

namespace {

using tug::proto::errc;
using tug::service::call_seconds;
using tug::service::method_counters;

std::map<errc, std::uint64_t> outcomes_of(const method_counters& c) {
    std::map<errc, std::uint64_t> out;
    c.for_each_outcome([&](errc code, std::uint64_t n) { out[code] = n; });
    return out;
}

BOOST_AUTO_TEST_SUITE(counters_test)

BOOST_AUTO_TEST_CASE(outcomes_are_told_apart) {
    method_counters c;
    BOOST_TEST(outcomes_of(c).empty());
    for (const auto code : {errc::success, errc::busy, errc::not_found, errc::busy, errc::success, errc::success})
        c.answered(code);
    const std::map<errc, std::uint64_t> wanted{{errc::success, 3}, {errc::busy, 2}, {errc::not_found, 1}};
    BOOST_TEST((outcomes_of(c) == wanted));
}

/// More kinds than there are on the wire cost no memory, and no others' counts.
BOOST_AUTO_TEST_CASE(places_for_failures_end) {
    method_counters c;
    c.answered(errc::busy);
    for (int i = 0; i < 1000; ++i) c.answered(static_cast<errc>(-40'000 - i));
    c.answered(errc::busy);
    const auto counted = outcomes_of(c);
    BOOST_TEST(counted.at(errc::busy) == 2U);
    BOOST_TEST(counted.size() == method_counters::most_failures);
}

BOOST_AUTO_TEST_CASE(a_time_is_in_the_first_bucket_that_holds_it) {
    method_counters c;
    c.took(std::chrono::milliseconds(1)); // a bound belongs to its bucket
    c.took(std::chrono::milliseconds(2));
    c.took(std::chrono::hours(1));
    BOOST_TEST(c.bucket(0) == 1U);
    BOOST_TEST(c.bucket(1) == 1U);
    BOOST_TEST(c.bucket(call_seconds.size()) == 1U);
    BOOST_TEST(c.seconds() > 3600.0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

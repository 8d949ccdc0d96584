#include "announce/announce_rate.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <cstdint>

namespace tug::service {

using namespace std::chrono_literals;

namespace {

boost::asio::ip::address source(std::uint32_t number) {
    return boost::asio::ip::address_v4(number);
}

struct fixture {
    /// How many of so many queries of a source are answered now.
    int answered(std::uint32_t from, int queries) {
        int out = 0;
        for (int i = 0; i < queries; ++i) out += rate.take(source(from), now) ? 1 : 0;
        return out;
    }

    announce_rate rate;
    announce_rate::time now{1h};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(announce_rate_test, fixture)

BOOST_AUTO_TEST_CASE(a_source_has_a_bound_and_others_go_on) {
    BOOST_TEST(answered(1, 100) == 10);
    BOOST_TEST(answered(2, 3) == 3);
    now += 1s;
    BOOST_TEST(answered(1, 100) == 2);
    now += 1h;
    BOOST_TEST(answered(1, 100) == 10);
}

BOOST_AUTO_TEST_CASE(all_have_a_bound_whoever_they_say_they_are) {
    int all = 0;
    for (std::uint32_t from = 1; from < 1'000; ++from) all += answered(from, 1);
    BOOST_TEST(all == 200);
    now += 1s;
    for (std::uint32_t from = 2'000; from < 3'000; ++from) all += answered(from, 1);
    BOOST_TEST(all == 300);
}

BOOST_AUTO_TEST_CASE(memory_is_bounded) {
    for (std::uint32_t from = 1; from < 100'000; ++from) {
        now += 10ms;
        (void)answered(from, 5);
        BOOST_REQUIRE(rate.remembered() <= announce_rate::most_sources);
    }
    BOOST_TEST(rate.remembered() > 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::service

#include "cli/arguments/transfer_flags.hpp"
#include "cli/reconnect/retry_schedule.hpp"

#include <boost/test/unit_test.hpp>

using namespace tug::cli;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(retry_schedule_test)

BOOST_AUTO_TEST_CASE(pauses_double_until_the_tries_are_used_up) {
    retry_schedule schedule(7);
    for (const auto pause : {1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 30'000ms, 30'000ms})
        BOOST_TEST((schedule.next(0s, 1) == pause));
    BOOST_TEST(!schedule.next(29s, 1).has_value());
    BOOST_TEST(schedule.tries() == 7U);
}

BOOST_AUTO_TEST_CASE(chance_cuts_them_to_half_at_most) {
    BOOST_TEST((retry_schedule(1).next(0s, 0) == 500ms));
    BOOST_TEST((retry_schedule(1).next(0s, 0.5) == 750ms));
    BOOST_TEST((retry_schedule(1).next(0s, 7) == 1'000ms));
}

BOOST_AUTO_TEST_CASE(a_steady_connection_gives_them_back) {
    retry_schedule schedule(1);
    BOOST_TEST((schedule.next(0s, 1) == 1'000ms));
    BOOST_TEST((schedule.next(30s, 1) == 1'000ms));
    BOOST_TEST(!schedule.next(0s, 1).has_value());
}

BOOST_AUTO_TEST_CASE(none_at_all) {
    BOOST_TEST(!retry_schedule(0).next(1h, 1).has_value());
}

BOOST_AUTO_TEST_CASE(sizes_as_they_are_typed) {
    BOOST_TEST((size_of_text("1") == 1U));
    BOOST_TEST((size_of_text("500K") == 512'000U));
    BOOST_TEST((size_of_text("1.5m") == 1'572'864U));
    BOOST_TEST((size_of_text("2G") == 2'147'483'648U));
    for (const auto* text : {"", "0", "-1", "K", "1X", "1KB", "inf", "nan", "1e3", " 5", "5 ", "1e99", "0.0001"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(!size_of_text(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

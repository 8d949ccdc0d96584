#include "cli/arguments/fan_options.hpp"
#include "cli/arguments/usage_error.hpp"
#include "cli/fan/fan_schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <vector>

namespace tug::cli {

namespace {

/// The hosts that begin now.
std::vector<std::size_t> begin(fan_schedule& s) {
    std::vector<std::size_t> out;
    while (const auto host = s.next()) out.push_back(*host);
    return out;
}

using hosts = std::vector<std::size_t>;

} // namespace

BOOST_AUTO_TEST_SUITE(fan_schedule_test)

BOOST_AUTO_TEST_CASE(so_many_run_at_once) {
    fan_schedule s(5, {2, 0, false});
    BOOST_TEST(begin(s) == (hosts{0, 1}));
    s.ended(false);
    BOOST_TEST(begin(s) == (hosts{2}));
    s.ended(true);
    s.ended(true);
    BOOST_TEST(begin(s) == (hosts{3, 4}));
    s.ended(true);
    BOOST_TEST(!s.over());
    s.ended(true);
    BOOST_TEST(s.over());
    BOOST_TEST(s.begun() == 5);
}

BOOST_AUTO_TEST_CASE(a_batch_waits_for_all_of_the_one_before) {
    fan_schedule s(5, {10, 2, false});
    BOOST_TEST(begin(s) == (hosts{0, 1}));
    s.ended(true);
    BOOST_TEST(begin(s).empty());
    s.ended(false);
    BOOST_TEST(begin(s) == (hosts{2, 3}));
    s.ended(true);
    s.ended(true);
    BOOST_TEST(begin(s) == (hosts{4}));
}

BOOST_AUTO_TEST_CASE(a_failure_ends_it_where_it_shall) {
    fan_schedule s(9, {3, 0, true});
    BOOST_TEST(begin(s) == (hosts{0, 1, 2}));
    s.ended(true);
    BOOST_TEST(begin(s) == (hosts{3}));
    s.ended(false);
    BOOST_TEST(begin(s).empty());
    BOOST_TEST(!s.over());
    s.ended(true);
    s.ended(true);
    BOOST_TEST(s.over());
    BOOST_TEST(s.begun() == 4);
}

BOOST_AUTO_TEST_CASE(a_stop_begins_none) {
    fan_schedule s(3, {1, 1, false});
    BOOST_TEST(begin(s) == (hosts{0}));
    s.stop();
    BOOST_TEST(!s.over());
    s.ended(true);
    BOOST_TEST(begin(s).empty());
    BOOST_TEST(s.over());
}

BOOST_AUTO_TEST_CASE(a_batch_is_a_number_or_a_part) {
    BOOST_TEST(batch_of("8", 100) == 8);
    BOOST_TEST(batch_of("25%", 8) == 2);
    BOOST_TEST(batch_of("25%", 9) == 3);
    BOOST_TEST(batch_of("1%", 3) == 1);
    BOOST_TEST(batch_of("100%", 3) == 3);
    for (const auto* bad : {"0", "0%", "101%", "x", "", "5x", "-1", "5%%"})
        BOOST_CHECK_THROW((void)batch_of(bad, 10), usage_error);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli

#include <tug/os/file_time.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

BOOST_AUTO_TEST_SUITE(file_time_test)

using tug::os::to_nanoseconds;
using tug::os::to_timespec;

using limits = std::numeric_limits<std::int64_t>;

BOOST_AUTO_TEST_CASE(every_number_comes_back) {
    for (const std::int64_t time :
         {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{999'999'999}, std::int64_t{-999'999'999},
          std::int64_t{-1'000'000'000}, std::int64_t{-1'500'000'001}, std::int64_t{1'700'000'000'123'456'789},
          limits::min(), limits::min() + 1, limits::min() + 854'775'808, limits::min() + 854'775'809, limits::max(),
          limits::max() - 1, limits::max() - 854'775'807, limits::max() - 854'775'808}) {
        const auto there = to_timespec(time);
        BOOST_TEST(to_nanoseconds(there) == time);
        BOOST_TEST((there.tv_nsec >= 0 && there.tv_nsec < 1'000'000'000));
    }
}

BOOST_AUTO_TEST_CASE(before_1970) {
    BOOST_TEST(to_timespec(-1).tv_sec == -1);
    BOOST_TEST(to_timespec(-1).tv_nsec == 999'999'999);
    BOOST_TEST(to_timespec(limits::min()).tv_sec == -9'223'372'037);
    BOOST_TEST(to_timespec(limits::min()).tv_nsec == 145'224'192);
}

/// File systems hold times that 64 bits of nanoseconds do not.
BOOST_AUTO_TEST_CASE(what_does_not_fit_is_the_nearest_that_does) {
    BOOST_TEST(to_nanoseconds({.tv_sec = 9'223'372'036, .tv_nsec = 854'775'808}) == limits::max());
    BOOST_TEST(to_nanoseconds({.tv_sec = 9'223'372'037, .tv_nsec = 0}) == limits::max());
    BOOST_TEST(to_nanoseconds({.tv_sec = limits::max(), .tv_nsec = 999'999'999}) == limits::max());
    BOOST_TEST(to_nanoseconds({.tv_sec = -9'223'372'037, .tv_nsec = 145'224'191}) == limits::min());
    BOOST_TEST(to_nanoseconds({.tv_sec = limits::min(), .tv_nsec = 0}) == limits::min());
}

BOOST_AUTO_TEST_SUITE_END()

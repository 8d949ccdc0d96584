#include "cli/local/progress.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace {

using namespace tug;
using namespace tug::cli;
using namespace std::chrono_literals;

constexpr std::size_t wide = 100;

BOOST_AUTO_TEST_SUITE(progress_test)

BOOST_AUTO_TEST_CASE(a_file) {
    BOOST_TEST(progress_line(5'120, std::nullopt, 2s, wide) == "5.0 KiB, 2.5 KiB/s");
    BOOST_TEST(progress_line(1'024, 4'096, 10s, wide) ==
               "[######..................] 1.0 KiB of 4.0 KiB, 102 B/s, 30 s left");
    BOOST_TEST(progress_line(1'024, 4'096, 10s, 30) == "1.0 KiB of 4.0 KiB, 102 B/s, 3");
    BOOST_TEST(progress_line(0, 0, 0s, wide) == "0 B of 0 B, 0 B/s");
    BOOST_TEST(progress_line(0, 4'096, 1s, wide) == "[........................] 0 B of 4.0 KiB, 0 B/s");
}

/// Files and bytes count for how far a tree is: neither thousands of small files nor a large one stand still.
BOOST_AUTO_TEST_CASE(a_tree) {
    tree_progress now;
    now.bytes = 1'024;
    now.done = {3, 1'024};
    BOOST_TEST(progress_line(now, 1s, wide) == "3 files, 1.0 KiB, 1.0 KiB/s");
    now.total = tree_amount{6, 2'048};
    BOOST_TEST(progress_line(now, 65s, wide) == "[############............] 3 of 6 files, 1.0 KiB, 15 B/s, 1:05 left");
    now.done = {6, 2'048};
    BOOST_TEST(progress_line(now, 1s, wide) == "[########################] 6 of 6 files, 1.0 KiB, 1.0 KiB/s");
    // It has grown since it was counted.
    now.done = {7, 4'096};
    BOOST_TEST(progress_line(now, 1s, wide) == "[########################] 7 of 7 files, 1.0 KiB, 1.0 KiB/s");
    now.done = {};
    now.total = tree_amount{};
    BOOST_TEST(progress_line(now, 1s, wide) == "0 of 0 files, 1.0 KiB, 1.0 KiB/s");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

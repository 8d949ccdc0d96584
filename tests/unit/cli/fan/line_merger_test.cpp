#include "cli/fan/line_merger.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace tug::cli {

namespace {

constexpr auto out = output_stream::out;
constexpr auto err = output_stream::err;

/// All that is due: hosts, stream, text of each piece.
std::string due(line_merger& m) {
    std::string all;
    while (const auto piece = m.next()) {
        for (const auto host : piece->hosts) all += std::to_string(host);
        all.append(piece->from == out ? ">" : "!").append(piece->text);
    }
    return all;
}

line_merger small(std::size_t hosts, merge_order by, std::size_t kept) {
    return {hosts, by, {.longest_line = 8, .most_kept = kept}};
}

} // namespace

BOOST_AUTO_TEST_SUITE(line_merger_test)

BOOST_AUTO_TEST_CASE(a_line_goes_when_it_is_whole) {
    line_merger m(2, merge_order::live);
    m.take(0, out, "one");
    BOOST_TEST(due(m) == "");
    m.take(1, out, "a\nb");
    m.take(0, err, "E\n");
    m.take(0, out, " more\ntwo\nthr");
    BOOST_TEST(due(m) == "1>a\n0!E\n0>one more\ntwo\n");
    m.ended(0);
    m.ended(1);
    BOOST_TEST(due(m) == "0>thr\n1>b\n");
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_is_several) {
    auto m = small(1, merge_order::live, 100);
    for (int i = 0; i < 5; ++i) m.take(0, out, "12345");
    m.take(0, out, "\n");
    m.ended(0);
    BOOST_TEST(due(m) == "0>12345123\n0>45123451\n0>23451234\n0>5\n");
    m.take(0, out, std::string(20, 'x'));
    m.ended(0);
    BOOST_TEST(due(m) == "0>xxxxxxxx\n0>xxxxxxxx\n0>xxxx\n");
}

BOOST_AUTO_TEST_CASE(a_group_is_together_in_its_order) {
    line_merger m(2, merge_order::grouped);
    m.take(0, out, "a\n");
    m.take(1, out, "b\n");
    m.take(0, err, "c\n");
    m.take(0, out, "d");
    BOOST_TEST(due(m) == "");
    m.ended(0);
    BOOST_TEST(due(m) == "0>a\n0!c\n0>d\n");
    m.ended(1);
    BOOST_TEST(due(m) == "1>b\n");
    BOOST_TEST(m.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(equal_outputs_are_one) {
    line_merger m(4, merge_order::folded);
    m.take(2, err, "e\n");
    m.take(2, out, "x\n");
    m.take(0, out, "x\n"); // read in another order, and the same all the same
    m.take(0, err, "e\n");
    m.take(1, out, "y\n");
    for (const std::size_t host : {2, 1, 0, 3}) m.ended(host);
    BOOST_TEST(due(m) == "");
    m.finish();
    BOOST_TEST(due(m) == "02>x\n02!e\n1>y\n");
    BOOST_TEST(m.kept() == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_kept_is_bounded_and_nothing_is_lost) {
    auto m = small(3, merge_order::grouped, 10);
    m.take(0, out, "aaaaa\n");
    m.take(1, out, "bbbbb\n");
    BOOST_TEST(m.kept() >= 10U);
    BOOST_TEST(m.admits(1)); // it has the output for itself from now on
    m.take(1, out, "b2\n");
    BOOST_TEST(due(m) == "1>bbbbb\n1>b2\n");
    m.take(2, out, "ccccc\n");
    BOOST_TEST(!m.admits(0));
    BOOST_TEST(!m.admits(2));
    BOOST_TEST(m.admits(1));
    m.ended(0);
    BOOST_TEST(due(m) == "");
    m.ended(1);
    BOOST_TEST(due(m) == "0>aaaaa\n");
    BOOST_TEST(m.admits(2));
    m.ended(2);
    BOOST_TEST(due(m) == "2>ccccc\n");
}

BOOST_AUTO_TEST_CASE(what_waits_to_be_folded_makes_room) {
    auto m = small(3, merge_order::folded, 10);
    m.take(0, out, "aaaaa\n");
    m.take(1, out, "bbbbb\n");
    m.ended(0);
    BOOST_TEST(m.admits(1));
    BOOST_TEST(due(m) == "0>aaaaa\n");
    m.take(1, out, "bbbbb\n");
    BOOST_TEST(m.admits(2)); // all is its own now
    m.take(2, out, "c\n");
    BOOST_TEST(due(m) == "2>c\n");
    m.ended(2);
    m.ended(1);
    m.finish();
    BOOST_TEST(due(m) == "1>bbbbb\nbbbbb\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli

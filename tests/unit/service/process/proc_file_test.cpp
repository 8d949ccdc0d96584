#include "process/proc_file.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <string>

namespace {

using namespace tug::service;

const std::string tail = " S 7 8 9 34816 9 4194560 1 2 3 4 5 6 7 8 20 0 1 0 123456789 1000 200 18446744073709551615\n";

} // namespace

BOOST_AUTO_TEST_SUITE(proc_file_test)

BOOST_AUTO_TEST_CASE(fields_stand_where_proc_5_says) {
    const auto stat = parse_proc_stat("42 (cat)" + tail);
    BOOST_REQUIRE(stat.has_value());
    BOOST_TEST(stat->pid == 42);
    BOOST_TEST(stat->state == 'S');
    BOOST_TEST(stat->parent == 7);
    BOOST_TEST(stat->group == 8);
    BOOST_TEST(stat->session == 9);
    BOOST_TEST(stat->start_time == 123456789U);
    BOOST_TEST(stat->alive());
}

BOOST_AUTO_TEST_CASE(a_name_may_hold_anything) {
    for (const std::string name : {"a b", ")", "((", ") Z 1 2 3", "1 (x) S 2", "", "\n"}) {
        const auto stat = parse_proc_stat("42 (" + name + ")" + tail);
        BOOST_REQUIRE_MESSAGE(stat.has_value(), name);
        BOOST_TEST(stat->parent == 7, name);
        BOOST_TEST(stat->start_time == 123456789U, name);
    }
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
    const std::string good = "42 (cat)" + tail;
    for (const std::string bad :
         {"", "42", "42 (cat", "x (cat) S 1 2 3", "42 (cat) SS 7 8 9", "42 (cat) S a 8 9", ") ("})
        BOOST_TEST(!parse_proc_stat(bad).has_value(), bad);
    const auto needed = good.find("123456789");
    for (std::size_t n = 0; n < needed; ++n) BOOST_TEST(!parse_proc_stat(good.substr(0, n)).has_value());
}

BOOST_AUTO_TEST_CASE(zombies_are_not_alive) {
    auto text = "42 (cat)" + tail;
    text[text.find(" S ") + 1] = 'Z';
    BOOST_TEST(!parse_proc_stat(text)->alive());
}

BOOST_AUTO_TEST_CASE(reads_this_process) {
    proc_stat stat;
    BOOST_REQUIRE(read_proc_stat(::getpid(), stat) == 0);
    BOOST_TEST(stat.pid == ::getpid());
    BOOST_TEST(stat.parent == ::getppid());
    BOOST_TEST(stat.session == ::getsid(0));
    BOOST_TEST(read_proc_stat(0x7fffffff, stat) == ENOENT);
    std::string text;
    BOOST_TEST(read_proc_file("/proc/self/status", text) == 0);
    BOOST_TEST(text.starts_with("Name:"));
}

BOOST_AUTO_TEST_SUITE_END()

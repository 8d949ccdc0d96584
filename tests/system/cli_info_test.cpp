// info and top.

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <string>

using namespace tug::test;

BOOST_FIXTURE_TEST_SUITE(cli_info, tugd_fixture)

BOOST_AUTO_TEST_CASE(for_people_and_for_scripts) {
    const auto text = tug({"info"}).out;
    BOOST_TEST(contains(text, "Server: tug/"), text);
    BOOST_TEST(contains(text, "Commands: 0 of "), text);
    BOOST_TEST(!contains(text, "max_argv"), text);
    BOOST_TEST(contains(tug({"info", "-v"}).out, "Limit: max_argv 65536\n"));
    const auto json = json_of(tug({"info", "--json"}));
    BOOST_TEST((json.at("limits").at("max_commands") == json.at("commands").at("allowed")));
    BOOST_TEST(json.at("root").at("writable").as_bool());
    check_failed(tug({"info", "127.0.0.1:1"}), 1, "connect_failed");
    check_failed(tug({"info", "a", "b"}), 2, "not expected");
}

BOOST_AUTO_TEST_CASE(a_table_where_there_is_no_terminal) {
    const auto once = tug({"top"}).out;
    BOOST_TEST(contains(once, "Commands                     0 "), once);
    BOOST_TEST(!contains(once, "\x1b"), once);
    BOOST_TEST(!contains(once, "/s\n"), once);
    const auto twice = tug({"top", "-n", "2", "-d", "0.1"}).out;
    BOOST_TEST(contains(twice, "/s\n"), twice);
    BOOST_TEST(json_of(tug({"top", "--json"})).contains("totals"));
    check_failed(tug({"top", "-n", "0"}), 2, "--count");
    check_failed(tug({"top", "-d", "0"}), 2, "--delay");
}

BOOST_AUTO_TEST_SUITE_END()

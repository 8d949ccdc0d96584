#include "cli/local/working_directory.hpp"

#include <boost/test/unit_test.hpp>

namespace tug::cli {

BOOST_AUTO_TEST_SUITE(working_directory_test)

BOOST_AUTO_TEST_CASE(relative_paths_begin_there) {
    BOOST_TEST(path_from("", "a") == "/a");
    BOOST_TEST(path_from("/d", "a/b") == "/d/a/b");
    BOOST_TEST(path_from("/d", "") == "/d");
    BOOST_TEST(path_from("/d", ".") == "/d");
    BOOST_TEST(path_from("/d", "/a") == "/a");
    BOOST_TEST(path_from("/d", "a/") == "/d/a/");
}

BOOST_AUTO_TEST_CASE(a_name_and_what_leads_back_from_it_go) {
    BOOST_TEST(path_from("/d/e", "..") == "/d");
    BOOST_TEST(path_from("/d/e", "../f") == "/d/f");
    BOOST_TEST(path_from("/d", "a/./b//c/..") == "/d/a/b");
    BOOST_TEST(path_from("/d", "../../..") == "");
    BOOST_TEST(path_from("", "/") == "");
    BOOST_TEST(path_from("", "..a/...") == "/..a/...");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli

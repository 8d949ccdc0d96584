#include "cli/arguments/nearest.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string_view>

using namespace tug::cli;

BOOST_AUTO_TEST_SUITE(nearest_test)

constexpr std::array<std::string_view, 5> known{"exec", "ls", "put", "discover", "du"};

BOOST_AUTO_TEST_CASE(few_letters_differ) {
    BOOST_TEST(nearest("discvoer", known) == "discover");
    BOOST_TEST(nearest("exe", known) == "exec");
    BOOST_TEST(nearest("nothing", known).empty());
}

BOOST_AUTO_TEST_CASE(one_slip) {
    for (const auto* word : {"exce", "exc", "execc", "eexec", "axec", "xec", "xeec"})
        BOOST_TEST(mistyped(word, known) == "exec", word);
    BOOST_TEST(mistyped("db", known) == "du");
    for (const auto* word : {"exec", "web", "execute", "ecex", "pt1", "", "uptd"})
        BOOST_TEST(mistyped(word, known).empty(), word);
}

BOOST_AUTO_TEST_SUITE_END()

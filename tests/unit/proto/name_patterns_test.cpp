#include "tug/proto/name_patterns.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::proto;

BOOST_AUTO_TEST_SUITE(name_patterns_test)

BOOST_AUTO_TEST_CASE(patterns) {
    BOOST_TEST(matches("*.o", "a.o"));
    BOOST_TEST(matches("*.o", ".o"));
    BOOST_TEST(!matches("*.o", "a.oo"));
    BOOST_TEST(!matches("*", "a/b"));
    BOOST_TEST(matches("**", "a/b"));
    BOOST_TEST(matches("a/**/z", "a/b/c/z"));
    BOOST_TEST(matches("?x", "\xffx"));
    BOOST_TEST(!matches("?", "/"));
    BOOST_TEST(matches("[a-c]x[!0-9]", "bxy"));
    BOOST_TEST(!matches("[a-c]x[!0-9]", "bx7"));
    BOOST_TEST(!matches("[!a]", "/"));
    BOOST_TEST(matches("[]a]", "]"));
    BOOST_TEST(matches("[", "["));
    BOOST_TEST(matches("\\*", "*"));
    BOOST_TEST(!matches("\\*", "a"));
    BOOST_TEST(matches("", ""));
    BOOST_TEST(!matches("", "a"));
}

BOOST_AUTO_TEST_CASE(names_and_paths) {
    const name_patterns p({"*.o", "/top", "a/b", "cache/", ""});
    BOOST_TEST(p.match("x/y/z.o", false));
    BOOST_TEST(p.match("top", false));
    BOOST_TEST(!p.match("x/top", false));
    BOOST_TEST(p.match("a/b", false));
    BOOST_TEST(!p.match("x/a/b", false));
    BOOST_TEST(p.match("x/cache", true));
    BOOST_TEST(!p.match("x/cache", false));
    BOOST_TEST(!name_patterns().match("x", false));
}

/// Exponential for a matcher that goes back.
BOOST_AUTO_TEST_CASE(no_name_takes_long) {
    std::string pattern;
    for (int i = 0; i < 60; ++i) pattern += "*a";
    BOOST_TEST(!matches(pattern + "b", std::string(250, 'a')));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

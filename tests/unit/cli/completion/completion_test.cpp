#include "cli/completion/completion.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

namespace {

using kind = completion_place::kind;

void check_place(std::string_view line, kind what, std::string_view directory, std::string_view prefix) {
    BOOST_TEST_CONTEXT(line) {
        const auto at = place_of(line);
        BOOST_TEST((at.what == what));
        BOOST_TEST(at.directory == directory);
        BOOST_TEST(at.prefix == prefix);
    }
}

std::string inserted(std::string_view line, std::vector<std::string> names) {
    return complete(place_of(line), std::move(names)).insert;
}

} // namespace

BOOST_AUTO_TEST_SUITE(completion_test)

BOOST_AUTO_TEST_CASE(which_word_is_what) {
    check_place("", kind::command, "", "");
    check_place("  pu", kind::command, "", "pu");
    check_place("ls ", kind::remote, "", "");
    check_place("ls -l a/b/c", kind::remote, "a/b/", "c");
    check_place("cd /", kind::remote, "/", "");
    check_place("ls -", kind::nothing, "", "-");
    check_place("put ", kind::local, "", "");
    check_place("put --mode=0644 here/x th", kind::remote, "", "th");
    check_place("get there/x he", kind::local, "", "he");
    check_place("get the", kind::remote, "", "the");
}

BOOST_AUTO_TEST_CASE(quotes_are_read_as_in_a_line) {
    check_place("ls a\\ b", kind::remote, "", "a b");
    check_place("ls 'a b/c", kind::remote, "a b/", "c");
    check_place("ls \"it's", kind::remote, "", "it's");
    check_place("put 'a b' c", kind::remote, "", "c");
    check_place("ls a\\", kind::remote, "", "a\\");
}

BOOST_AUTO_TEST_CASE(what_is_common_is_inserted) {
    BOOST_TEST(inserted("ls ", {"alpha", "alps"}) == "alp");
    BOOST_TEST(inserted("ls alph", {"alpha", "alps"}) == "a ");
    BOOST_TEST(inserted("ls di", {"dir/"}) == "r/");
    BOOST_TEST(inserted("ls x", {"alpha"}) == "");
    const auto both = complete(place_of("ls alp"), {"alps", "alpha", "beta"});
    BOOST_TEST(both.insert == "");
    BOOST_TEST(both.choices == (std::vector<std::string>{"alpha", "alps"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(names_are_quoted) {
    BOOST_TEST(inserted("ls a", {"a b'c"}) == "\\ b\\'c ");
    BOOST_TEST(inserted("ls \"a", {"a b$c"}) == " b\\$c\" ");
    BOOST_TEST(inserted("ls 'a", {"a b"}) == " b' ");
    BOOST_TEST(inserted("ls a\\ ", {"a b/"}) == "b/");
}

BOOST_AUTO_TEST_CASE(hidden_names_and_such_that_no_line_can_have) {
    BOOST_TEST(inserted("ls ", {".hidden", "seen"}) == "seen ");
    BOOST_TEST(inserted("ls .", {".hidden", "seen"}) == "hidden ");
    BOOST_TEST(inserted("ls a", {"a\x1b[2Jb"}) == "");
    BOOST_TEST(inserted("ls a", {"a\nb", "ac"}) == "c ");
    BOOST_TEST(inserted("ls \xc3\xa4", {"\xc3\xa4\xc3\xb6", "\xc3\xa4\xc3\xbc"}) == ""); // not half of a character
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli

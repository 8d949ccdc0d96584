#include "cli/arguments/text_file.hpp"

#include "cli/arguments/usage_error.hpp"
#include "support/sample_tree.hpp"
#include "support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

using namespace tug::cli;
using tug::test::temp_dir;
using tug::test::write_text;

namespace {

std::string error_of(const std::string& file) {
    try {
        (void)read_text_file("--list", file);
        return "";
    } catch (const usage_error& e) {
        return e.what();
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(text_file_test)

BOOST_AUTO_TEST_CASE(all_of_a_file) {
    const temp_dir here;
    const std::string text = "a\n" + std::string(200'000, 'x') + '\0' + "\nno end";
    write_text(here / "file", text);
    BOOST_TEST((read_text_file("--list", here / "file") == text));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read) {
    const temp_dir here;
    BOOST_TEST(error_of(here / "none").find("No such file") != std::string::npos);
    BOOST_TEST(error_of(here.path()).find("Is a directory") != std::string::npos);
    BOOST_TEST(error_of(here.path()).starts_with("--list: "));
    BOOST_TEST(error_of("/dev/zero").find("16 MiB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lines) {
    const std::vector<std::string> expected{"a", " b ", "c#d", "last"};
    BOOST_TEST(lines_of("a\n\n# no\r\n b \r\nc#d\nlast") == expected);
    BOOST_TEST(lines_of("").empty());
    BOOST_TEST(lines_of("\n\r\n").empty());
}

BOOST_AUTO_TEST_SUITE_END()

#include "cli/commands/sum_lines.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace tug::cli {

namespace {

const std::string hex32(32, 'a');
const std::string hex64(64, '7');

/// "digest path", or "none".
std::string read(std::string_view line) {
    const auto said = read_sum_line(line);
    return said ? said->digest + " " + said->path : "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(sum_lines_test)

BOOST_AUTO_TEST_CASE(what_is_written_is_read) {
    for (const std::string path : {"a", "dir/a b", " blank ", "*star", "a\nb", "a\rb", "a\\b", "\\", "\xff\xfe", "-"}) {
        auto line = sum_line("xxh3-128:" + hex32, path);
        BOOST_TEST(line.back() == '\n');
        line.pop_back();
        BOOST_TEST(line.find('\n') == std::string::npos);
        BOOST_TEST(read(line) == "xxh3-128:" + hex32 + " " + path);
    }
    BOOST_TEST(sum_line("sha256:" + hex64, "a\nb") == "\\" + hex64 + "  a\\nb\n");
}

BOOST_AUTO_TEST_CASE(lines_of_others) {
    BOOST_TEST(read(hex64 + "  a") == "sha256:" + hex64 + " a");
    BOOST_TEST(read(hex64 + " *a") == "sha256:" + hex64 + " a"); // binary
    BOOST_TEST(read(std::string(32, 'A') + "  a") == "xxh3-128:" + hex32 + " a");
    BOOST_TEST(read(hex64 + "  a\\nb") == "sha256:" + hex64 + " a\\nb"); // not escaped: the line does not say so
}

BOOST_AUTO_TEST_CASE(lines_that_are_none) {
    for (const auto& line :
         {std::string(), std::string("a"), hex32, hex32 + " ", hex32 + "  ", hex32 + " a", hex32 + "a  b",
          std::string(40, 'a') + "  sha1", std::string(32, 'g') + "  a", "\\" + hex32 + "  a\\x",
          "\\" + hex32 + "  a\\", "# " + hex32 + "  a", " " + hex32 + "  a"})
        BOOST_TEST(read(line) == "none", line);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::cli

#include "support/temp_dir.hpp"

#include <tug/credentials.hpp>
#include <tug/error.hpp>

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <string>

using namespace tug;
using namespace tug::test;

namespace {

const std::string zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const std::string ones = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

/// The text of the error that reading such a file ends with; empty where it is read.
std::string refusal(const std::string& text, mode_t mode = 0600, const std::optional<std::string>& id = {}) {
    const temp_dir dir;
    write_file(dir / "keys", text);
    BOOST_REQUIRE(::chmod((dir / "keys").c_str(), mode) == 0);
    try {
        (void)credentials::from_file(dir / "keys", id);
    } catch (const error& e) {
        BOOST_TEST((e.code() == errc::bad_key_file));
        const std::string said = e.what();
        BOOST_TEST(said.find(zeros) == std::string::npos);
        return said;
    }
    return {};
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_credentials)

BOOST_AUTO_TEST_CASE(the_first_key_or_the_one_named) {
    const temp_dir dir;
    write_file(dir / "keys", "# keys\n\n  first " + zeros + " exec,put,get\r\nsecond\t" + ones + "  get\n");
    BOOST_REQUIRE(::chmod((dir / "keys").c_str(), 0400) == 0);
    const auto first = credentials::from_file(dir / "keys");
    BOOST_TEST(first.key_id() == "first");
    BOOST_TEST(std::ranges::all_of(first.key().bytes(), [](std::byte b) { return b == std::byte{0}; }));
    const auto second = credentials::from_file(dir / "keys", "second");
    BOOST_TEST(second.key_id() == "second");
    BOOST_TEST(std::ranges::all_of(second.key().bytes(), [](std::byte b) { return b == std::byte{1}; }));
}

BOOST_AUTO_TEST_CASE(files_that_others_could_use) {
    const auto line = "k " + zeros + " get\n";
    BOOST_TEST(refusal(line).empty());
    for (const mode_t mode : {0640, 0604, 0620, 0666}) BOOST_TEST(says(refusal(line, mode), "chmod 600"));
}

BOOST_AUTO_TEST_CASE(lines_that_are_none) {
    BOOST_TEST(says(refusal(""), "holds no key"));
    BOOST_TEST(says(refusal("# nothing\n"), "holds no key"));
    BOOST_TEST(says(refusal("k " + zeros + "\n"), "line 1 is not"));
    BOOST_TEST(says(refusal("k " + zeros + " get more\n"), "line 1 is not"));
    BOOST_TEST(says(refusal("\nk AAAA get\n"), "line 2 has a key that is not the base64 of 32 bytes"));
    BOOST_TEST(says(refusal("k\n"), "line 1 has a key"));
    for (const auto* id : {"k\x01", "k\x7f", "k\xff"})
        BOOST_TEST(says(refusal(std::string(id) + " " + zeros + " get\n"), "line 1 has an id"));
    BOOST_TEST(says(refusal(std::string(65, 'k') + " " + zeros + " get\n"), "line 1 has an id"));
    BOOST_TEST(says(refusal("k " + zeros + " get\n", 0600, "other"), "no key of the id \"other\""));
}

BOOST_AUTO_TEST_CASE(what_is_no_file) {
    const temp_dir dir;
    BOOST_CHECK_THROW((void)credentials::from_file(dir / "missing"), error);
    BOOST_CHECK_THROW((void)credentials::from_file(dir.path().string()), error);
}

BOOST_AUTO_TEST_SUITE_END()

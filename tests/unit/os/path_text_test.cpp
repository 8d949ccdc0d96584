#include <tug/os/path_text.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::os;
using tug::proto::errc;

errc check(std::string_view path) {
    const auto checked = check_path(path);
    return checked ? errc::success : checked.error().code;
}

errc split(std::string_view path) {
    const auto target = split_target(path);
    return target ? errc::success : target.error().code;
}

BOOST_AUTO_TEST_SUITE(path_text_test)

BOOST_AUTO_TEST_CASE(length_and_nul) {
    BOOST_TEST((check("") == errc::invalid_params));
    BOOST_TEST((check("a") == errc::success));
    std::string longest;
    while (longest.size() < max_path_bytes) longest += "a/";
    longest.resize(max_path_bytes);
    BOOST_TEST((check(longest) == errc::success));
    BOOST_TEST((check(longest + "/") == errc::invalid_params));
    BOOST_TEST((check(std::string_view("a\0b", 3)) == errc::invalid_params));
}

BOOST_AUTO_TEST_CASE(length_of_components) {
    const std::string most(max_component_bytes, 'x');
    BOOST_TEST((check("a/" + most + "/b") == errc::success));
    for (const auto& path : {most + "x", "a/" + most + "x", most + "x/b"}) {
        const auto checked = check_path(path);
        BOOST_TEST_REQUIRE(!checked.has_value());
        BOOST_TEST((checked.error().code == errc::invalid_params));
        BOOST_TEST(checked.error().os_error == "ENAMETOOLONG");
        BOOST_TEST(checked.error().field == "path");
    }
}

BOOST_AUTO_TEST_CASE(climbing_over_the_root) {
    for (const auto* path : {"..", "/..", "./..", "../a", "a/../..", "a/../../a/b", "a//../..", "/a/./../..", "../",
                             "a/b/../../../c", "//.."})
        BOOST_TEST_CONTEXT(path) BOOST_TEST((check(path) == errc::path_denied));
    for (const auto* path : {"a/..", "a/b/../..", "/", "//", ".", "./", "...", "..a", "a/../b/..", "a..", "/a/b/../c"})
        BOOST_TEST_CONTEXT(path) BOOST_TEST((check(path) == errc::success));
}

BOOST_AUTO_TEST_CASE(targets) {
    const auto plain = split_target("a");
    BOOST_TEST_REQUIRE(plain.has_value());
    BOOST_TEST(plain->directory == "/");
    BOOST_TEST(plain->name == "a");
    const auto deep = split_target("/x/../y//a");
    BOOST_TEST_REQUIRE(deep.has_value());
    BOOST_TEST(deep->directory == "/x/../y//");
    BOOST_TEST(deep->name == "a");

    for (const auto* path : {"/", "a/", ".", "a/.", "a/..", "a/b//"})
        BOOST_TEST_CONTEXT(path) BOOST_TEST((split(path) == errc::is_directory));
    BOOST_TEST((split("..") == errc::path_denied));
    BOOST_TEST((split("a/../../b") == errc::path_denied));
    BOOST_TEST((split("") == errc::invalid_params));
    BOOST_TEST((split("d/.tug-0123456789abcdef.tmp") == errc::invalid_params));
    BOOST_TEST((split(".tug-0123456789abcdef.tmp/a") == errc::success));
}

BOOST_AUTO_TEST_CASE(a_quoted_start_has_a_bound_and_no_control_characters) {
    BOOST_TEST(quoted_start("") == "\"\"");
    BOOST_TEST(quoted_start("a b") == "\"a b\"");
    BOOST_TEST(quoted_start("sh\r") == "\"sh\\r\"");
    BOOST_TEST(quoted_start(std::string_view("\x1b[2J\n\0\x7f", 7)) == R"("\x1b[2J\x0a\x00\x7f")");
    const std::string most(128, 'x');
    BOOST_TEST(quoted_start(most) == "\"" + most + "\"");
    BOOST_TEST(quoted_start(most + "y") == "\"" + most + "\"…");
    // What is cut is a whole character.
    BOOST_TEST(quoted_start(most.substr(1) + "é") == "\"" + most.substr(1) + "\"…");
}

BOOST_AUTO_TEST_CASE(a_path_in_a_directory_has_one_slash_there) {
    BOOST_TEST(path_in("a", "b/c") == "a/b/c");
    BOOST_TEST(path_in("a/", "b") == "a/b");
    BOOST_TEST(path_in("/", "b") == "/b");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "cli/arguments/mode_changes.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdint>
#include <optional>
#include <string>

using namespace tug::cli;

namespace {

std::optional<std::uint32_t> file_after(const std::string& text, std::uint32_t mode, std::uint32_t umask = 022) {
    const auto changes = mode_changes::parse(text, umask);
    if (!changes) return std::nullopt;
    return changes->applied_to(mode, false);
}

std::optional<std::uint32_t> directory_after(const std::string& text, std::uint32_t mode) {
    const auto changes = mode_changes::parse(text, 022);
    if (!changes) return std::nullopt;
    return changes->applied_to(mode, true);
}

} // namespace

BOOST_AUTO_TEST_SUITE(mode_changes_test)

BOOST_AUTO_TEST_CASE(octal_numbers) {
    BOOST_TEST((file_after("644", 0777) == 0644U));
    BOOST_TEST((file_after("0", 0777) == 0U));
    BOOST_TEST((mode_changes::parse("0777", 0)->fixed() == 0777U));
    BOOST_TEST((!mode_changes::parse("u+x", 0)->fixed()));
    for (const auto* text : {"", "8", "1777", "00644", "64x", "-644", "+644"})
        BOOST_TEST((!mode_changes::parse(text, 0)), text);
}

BOOST_AUTO_TEST_CASE(who_and_what) {
    BOOST_TEST((file_after("u+x", 0644) == 0744U));
    BOOST_TEST((file_after("go-rwx", 0777) == 0700U));
    BOOST_TEST((file_after("a=r", 0777) == 0444U));
    BOOST_TEST((file_after("ug=rw,o=", 0777) == 0660U));
    BOOST_TEST((file_after("u+r-w", 0200) == 0400U));
    BOOST_TEST((file_after("u=", 0777) == 0077U));
}

BOOST_AUTO_TEST_CASE(without_who_the_umask_holds_back) {
    BOOST_TEST((file_after("+w", 0444) == 0644U));
    BOOST_TEST((file_after("+w", 0444, 0) == 0666U));
    BOOST_TEST((file_after("-w", 0666) == 0466U));
    BOOST_TEST((file_after("=rw", 0) == 0644U));
}

BOOST_AUTO_TEST_CASE(rights_of_another_class) {
    BOOST_TEST((file_after("g=u", 0640) == 0660U));
    BOOST_TEST((file_after("o+g", 0651) == 0655U));
    BOOST_TEST((file_after("u-o", 0704) == 0304U));
}

BOOST_AUTO_TEST_CASE(execute_where_somebody_may) {
    BOOST_TEST((file_after("a+X", 0644) == 0644U));
    BOOST_TEST((file_after("a+X", 0744) == 0755U));
    BOOST_TEST((directory_after("a+X", 0600) == 0711U));
    BOOST_TEST((directory_after("u+rwX,go=", 0) == 0700U));
}

BOOST_AUTO_TEST_CASE(what_is_no_change) {
    for (const auto* text : {"u", "x", "u+s", "+t", "u+x,", ",u+x", "u+x g+x", "u+gx", "z+x", "u+x,g"})
        BOOST_TEST((!mode_changes::parse(text, 0)), text);
}

BOOST_AUTO_TEST_CASE(special_bits_are_not_of_it) {
    BOOST_TEST((file_after("u+x", 04644) == 0744U));
}

BOOST_AUTO_TEST_SUITE_END()

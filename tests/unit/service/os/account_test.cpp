#include "os/account.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace {

using tug::service::find_account;

std::string why_not(std::string_view text) {
    const auto a = find_account(text);
    BOOST_TEST_REQUIRE(!a.has_value());
    BOOST_TEST((a.error().code == tug::proto::errc::invalid_params));
    BOOST_TEST(a.error().field == "exec_user");
    return a.error().message;
}

BOOST_AUTO_TEST_SUITE(account_test)

/// root is in every /etc/passwd.
BOOST_AUTO_TEST_CASE(by_name_and_by_number) {
    for (const auto* text : {"root", "0"}) {
        const auto a = find_account(text).value();
        BOOST_TEST(a.uid == 0U);
        BOOST_TEST(a.gid == 0U);
        BOOST_TEST(a.name == "root");
        BOOST_TEST(a.home.starts_with('/'));
        BOOST_TEST(std::ranges::count(a.groups, 0U) == 1);
    }
}

BOOST_AUTO_TEST_CASE(another_group) {
    const auto a = find_account("root:12345").value();
    BOOST_TEST(a.gid == 12345U);
    BOOST_TEST(std::ranges::count(a.groups, 12345U) == 1);
    BOOST_TEST(find_account("12345:root").value().gid == 0U);
}

BOOST_AUTO_TEST_CASE(a_uid_without_a_name) {
    const auto a = find_account("4123456:4123457").value();
    BOOST_TEST(a.uid == 4123456U);
    BOOST_TEST(a.gid == 4123457U);
    BOOST_TEST(a.groups.empty());
    BOOST_TEST(a.name == "");
    BOOST_TEST(why_not("4123456").find("4123456:GID") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_is_none) {
    BOOST_TEST(why_not("no-such-user").find("no-such-user") != std::string::npos);
    BOOST_TEST(why_not("root:no-such-group").find("no-such-group") != std::string::npos);
    for (const auto* text : {"", ":", "root:", ":0", "-1", "4294967295:1", "4294967296:1", "0:4294967295", "1 :1"})
        BOOST_TEST(!find_account(text).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

// What connect= and listen= let through: each spelling of an address is that address.

#include "auth/forward_rules.hpp"
#include "support/loopback_spellings.hpp"

#include <boost/test/unit_test.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace tug::service;
using tug::test::loopback_spellings;
namespace ip = boost::asio::ip;

namespace {

/// Whether the rule lets a client through that wrote `host`, where a name leads to `resolved`.
bool lets(const std::string& rule, const std::string& host, std::uint16_t port = 80,
          const std::string& resolved = "192.0.2.1") {
    const auto parsed = forward_rule::parse(rule);
    BOOST_TEST_REQUIRE(parsed.has_value(), rule);
    const auto normal = normal_host(host);
    if (!normal) return false;
    const auto number = numeric_address(*normal);
    const auto name = number ? std::string() : *normal;
    if (!number && !parsed->may_allow(name, port)) return false;
    const auto to = destination_address(number ? *number : ip::make_address(resolved));
    return parsed->allows(name, to, port);
}

BOOST_AUTO_TEST_SUITE(forward_rules_test)

BOOST_AUTO_TEST_CASE(every_spelling_is_the_address) {
    for (const auto& host : loopback_spellings) {
        BOOST_TEST(lets("127.0.0.1:80", host), host);
        BOOST_TEST(lets("127.0.0.0/8:80", host), host);
        BOOST_TEST(lets("[::ffff:127.0.0.1]:80", host), host);
        BOOST_TEST(lets("127.*:80", host), host);
    }
    for (const auto* host : {"::1", "0:0:0:0:0:0:0:1", "::", "0::0", "::0001"})
        BOOST_TEST(lets("[::1]:80", host), host);
}

BOOST_AUTO_TEST_CASE(no_spelling_goes_round_a_rule) {
    const std::vector<std::string> rules{"10.0.0.0/8:80", "192.0.2.1:80", "[fd00::/8]:80",        "*.example.com:80",
                                         "localhost:80",  "10.*:80",      "app-?.internal:80-99", "*.*:80"};
    for (const auto& rule : rules)
        for (const auto& host : loopback_spellings) BOOST_TEST(!lets(rule, host), rule << " " << host);
    for (const auto* host : {"::1", "::", "fe80::1", "fe80::1%1", "::127.0.0.1"})
        for (const auto& rule : rules) BOOST_TEST(!lets(rule, host), rule << " " << host);
    for (const auto* host : {"169.254.169.254", "0xa9fea9fe", "2852039166", "::ffff:169.254.169.254"})
        for (const auto& rule : rules) BOOST_TEST(!lets(rule, host), rule << " " << host);
}

BOOST_AUTO_TEST_CASE(names_are_compared_in_one_form) {
    for (const auto* host : {"db.internal", "DB.Internal", "db.internal.", "DB.INTERNAL."}) {
        BOOST_TEST(lets("db.internal:80", host), host);
        BOOST_TEST(lets("*.internal:80", host), host);
        BOOST_TEST(lets("d?.internal:80", host), host);
        BOOST_TEST(lets("DB.internal:80", host), host);
    }
    for (const auto* host : {"db.internal..", "xdb.internal", "db.internal.example.com", "dbxinternal", "internal",
                             ".internal ", "db.internal\n", "db.internal/", "db internal", ""})
        BOOST_TEST(!lets("db.internal:80", host), host);
    BOOST_TEST(!lets("*.internal:80", "internal"));
}

BOOST_AUTO_TEST_CASE(a_wildcard_leads_to_no_address_of_this_host) {
    for (const auto* inner : {"127.0.0.1", "127.9.9.9", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
                              "::1", "::", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.1.1"}) {
        BOOST_TEST(!lets("*.example.com:80", "evil.example.com", 80, inner), inner);
        BOOST_TEST(lets("host.example.com:80", "host.example.com", 80, inner), inner); // the operator means that host
        BOOST_TEST(lets("*:80", "evil.example.com", 80, inner), inner);
    }
    BOOST_TEST(lets("*.example.com:80", "good.example.com", 80, "10.1.2.3"));
}

BOOST_AUTO_TEST_CASE(an_address_may_be_reached_by_any_name) {
    BOOST_TEST(lets("10.0.0.0/8:80", "anything", 80, "10.2.3.4"));
    BOOST_TEST(lets("10.0.0.0/8:80", "anything", 80, "::ffff:10.2.3.4"));
    BOOST_TEST(!lets("10.0.0.0/8:80", "anything", 80, "11.2.3.4"));
    BOOST_TEST(lets("[fd00::/8]:80", "anything", 80, "fd12::1"));
    BOOST_TEST(!lets("[fd00::/8]:80", "anything", 80, "fe12::1"));
    BOOST_TEST(lets("10.0.0.128/25:80", "10.0.0.129"));
    BOOST_TEST(!lets("10.0.0.128/25:80", "10.0.0.127"));
    BOOST_TEST(lets("0.0.0.0/0:80", "8.8.8.8"));
    BOOST_TEST(!lets("0.0.0.0/0:80", "2001:db8::1"));
    BOOST_TEST(lets("[fe80::1%1]:80", "fe80::1%1"));
    BOOST_TEST(!lets("[fe80::1%1]:80", "fe80::1%2"));
    BOOST_TEST(lets("[fe80::1]:80", "fe80::1%2"));
}

BOOST_AUTO_TEST_CASE(ports) {
    for (const auto* rule : {"*:80", "*:80-80", "*:1-99", "*:*", "*:80-65535"}) BOOST_TEST(lets(rule, "h"), rule);
    for (const auto* rule : {"*:81", "*:1-79", "*:81-65535", "*:0"}) BOOST_TEST(!lets(rule, "h"), rule);
    BOOST_TEST(lets("*:0", "h", 0)); // to listen: any port
    BOOST_TEST(!lets("*:8080", "h", 0));
}

BOOST_AUTO_TEST_CASE(sockets) {
    const auto lets_socket = [](const std::string& rule, std::string_view path) {
        return forward_rule::parse(rule).value().allows_socket(path);
    };
    BOOST_TEST(lets_socket("unix:/run/app.sock", "/run/app.sock"));
    BOOST_TEST(lets_socket("unix:/run/*.sock", "/run/app.sock"));
    BOOST_TEST(!lets_socket("unix:/run/*.sock", "/run/deep/app.sock"));
    BOOST_TEST(lets_socket("unix:/run/**", "/run/deep/app.sock"));
    BOOST_TEST(!lets_socket("*:*", "/run/app.sock"));
    BOOST_TEST(!lets("unix:/**", "h"));
}

BOOST_AUTO_TEST_CASE(what_is_no_rule) {
    for (const auto* text : {"",
                             ":",
                             "host",
                             "host:",
                             ":80",
                             "host:x",
                             "host:80x",
                             "host:-1",
                             "host:65536",
                             "host:9-1",
                             "host:1-",
                             "::1:80",
                             "[::1:80",
                             "::1]:80",
                             "[::1]80",
                             "[]:80",
                             "[host]:80",
                             "10.0.0.0/33:80",
                             "10.0.0.0/:80",
                             "10.0.0/8:80",
                             "300.1.1.1:80",
                             "[::1/129]:80",
                             "[::ffff:10.0.0.0/8]:80",
                             "ho st:80",
                             "host/x:80",
                             "0x7f.1:80",
                             "unix:",
                             "unix:run"})
        BOOST_TEST(!forward_rule::parse(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(together_they_allow_what_one_allows) {
    const forward_rules none({});
    const auto to = ip::make_address("10.0.0.1");
    BOOST_TEST(!none.may_allow("h", 80));
    BOOST_TEST(!none.allows("h", to, 80));
    BOOST_TEST(!none.allows_socket("/run/app.sock"));
    const forward_rules two({"h:80", "10.0.0.1:81", "unix:/run/app.sock"});
    BOOST_TEST(two.allows("h", to, 80));
    BOOST_TEST(two.allows("x", to, 81));
    BOOST_TEST(!two.allows("x", to, 80));
    BOOST_TEST(two.may_allow("x", 81));
    BOOST_TEST(!two.may_allow("x", 80));
    BOOST_TEST(two.allows_socket("/run/app.sock"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "tug/net/address.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using tug::net::address;

std::string parsed(std::string_view text) {
    const auto a = address::parse(text);
    return a ? a->to_string() : std::string(name_of(a.error().code));
}

BOOST_AUTO_TEST_SUITE(address_test)

BOOST_AUTO_TEST_CASE(what_is_an_address) {
    BOOST_TEST(parsed("127.0.0.1:0") == "127.0.0.1:0");
    BOOST_TEST(parsed("host") == "host:8840");
    BOOST_TEST(parsed("host:65535") == "host:65535");
    BOOST_TEST(parsed("[::1]:80") == "[::1]:80");
    BOOST_TEST(parsed("[::1]") == "[::1]:8840");
    BOOST_TEST(parsed("tug://host:1") == "host:1");
    BOOST_TEST(parsed("tug://host") == "host:8840");
    BOOST_TEST(parsed("unix:/run/tug socket") == "unix:/run/tug socket");
    BOOST_TEST(parsed("unix:relative") == "unix:relative");
}

BOOST_AUTO_TEST_CASE(what_is_none) {
    for (const auto* text : {"", ":80", "host:", "host:65536", "host:-1", "host:8o", "host: 80", "unix:", "[::1",
                             "[::1]80", "tug://", "tug://:1", "http://host"})
        BOOST_TEST(parsed(text) == "bad_address", text << " is " << parsed(text));
    BOOST_TEST(parsed("unix:" + std::string(200, 'p')) == "bad_address"); // longer than a socket's name can be
}

/// What one side prints the other can read.
BOOST_AUTO_TEST_CASE(there_and_back) {
    for (const auto* text : {"a.example:1", "[fe80::1]:9", "unix:/tmp/s"})
        BOOST_TEST((address::parse(address::parse(text).value().to_string()).value() == address::parse(text).value()));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

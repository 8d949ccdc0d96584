#include "server/source.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <string>

namespace {

using namespace tug::service;

sockaddr_storage address(const std::string& text) {
    sockaddr_storage out{};
    auto& v6 = reinterpret_cast<sockaddr_in6&>(out);
    auto& v4 = reinterpret_cast<sockaddr_in&>(out);
    if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1)
        v6.sin6_family = AF_INET6;
    else if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1)
        v4.sin_family = AF_INET;
    return out;
}

std::string source(const std::string& text) {
    const auto a = address(text);
    return source_of(reinterpret_cast<const sockaddr*>(&a));
}

bool loopback(const std::string& text) {
    const auto a = address(text);
    return is_loopback(reinterpret_cast<const sockaddr*>(&a));
}

BOOST_AUTO_TEST_SUITE(source_test)

BOOST_AUTO_TEST_CASE(one_subscriber_is_one_source) {
    BOOST_TEST(source("192.0.2.7") == "192.0.2.7");
    BOOST_TEST(source("::ffff:192.0.2.7") == "192.0.2.7");
    BOOST_TEST(source("2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64");
    BOOST_TEST(source("2001:db8:1:2::1") == source("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    BOOST_TEST(source("2001:db8:1:2::1") != source("2001:db8:1:3::1"));
    BOOST_TEST(source("") == ""); // no family that has one
}

BOOST_AUTO_TEST_CASE(loopback_addresses) {
    for (const auto* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"}) BOOST_TEST(loopback(text), text);
    for (const auto* text : {"128.0.0.1", "126.255.255.255", "::2", "::ffff:128.0.0.1", "::", "0.0.0.0", ""})
        BOOST_TEST(!loopback(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "announce/announcer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace tug::service {

namespace {

net::network_interface network() {
    net::network_interface out;
    out.name = "eth0";
    out.index = 2;
    for (const auto* const text : {"10.0.0.5", "fe80::5%2", "fd00::5"})
        out.addresses.push_back(boost::asio::ip::make_address(text));
    return out;
}

/// The port, and the address that an answer comes from.
std::string port_for(const std::vector<std::string>& listening, bool v6) {
    std::vector<net::address> all;
    for (const auto& text : listening) all.push_back(*net::address::parse(text));
    const auto found = reachable_by(all, network(), v6);
    if (!found) return "";
    return std::to_string(found->port) + (found->source ? " " + found->source->to_string() : "");
}

} // namespace

BOOST_AUTO_TEST_SUITE(announce_reachable_test)

BOOST_AUTO_TEST_CASE(what_a_network_reaches) {
    BOOST_TEST(port_for({"0.0.0.0:1"}, false) == "1");
    BOOST_TEST(port_for({"0.0.0.0:1"}, true) == "");
    BOOST_TEST(port_for({"[::]:2"}, true) == "2");
    BOOST_TEST(port_for({"[::]:2"}, false) == "2");
    BOOST_TEST(port_for({"127.0.0.1:1", "10.0.0.6:2", "10.0.0.5:3"}, false) == "3 10.0.0.5");
    BOOST_TEST(port_for({"10.0.0.5:3", "[fd00::5]:4"}, true) == "4 fd00::5");
    BOOST_TEST(port_for({"unix:/run/s", "localhost:1", "127.0.0.1:8840"}, false) == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::service

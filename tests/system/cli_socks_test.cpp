// `tug forward -D` and `-R PORT`: SOCKS of every version, and what no spelling reaches.

#include "support/forwarding_tests.hpp"
#include "support/loopback_spellings.hpp"

#include <string>

using namespace tug::test;
using namespace std::string_literals;

namespace {

/// The code of the reply of SOCKS 5 to that request; the connection is then as it is after it.
int reply_to(const plain_socket& proxy, const std::string& request) {
    proxy.send(request);
    BOOST_TEST((proxy.receive(2) == "\x05\0"s));
    const auto reply = proxy.receive(10);
    BOOST_TEST_REQUIRE(reply.size() == 10U);
    return reply[1];
}

void check_versions(std::uint16_t proxy, const plain_listener& target) {
    const auto v5 = plain_socket::to_port(proxy);
    v5.send(socks5_request("127.0.0.1", target.port()) + "early");
    BOOST_TEST((v5.receive(12) == "\x05\0\x05\0\0\x01\0\0\0\0\0\0"s));
    const auto far = target.accept();
    BOOST_TEST(far.receive(5) == "early");
    check_tunnel(v5, far);
    const auto v4 = plain_socket::to_port(proxy);
    v4.send("\x04\x01"s + port_bytes(target.port()) + "\x7f\0\0\x01me\0"s);
    BOOST_TEST((v4.receive(8) == "\0\x5a\0\0\0\0\0\0"s));
    check_tunnel(v4, target);
    const auto v4a = plain_socket::to_port(proxy);
    v4a.send("\x04\x01"s + port_bytes(target.port()) + "\0\0\0\x01me\0"s + "127.0.0.1\0"s);
    BOOST_TEST((v4a.receive(8) == "\0\x5a\0\0\0\0\0\0"s));
    check_tunnel(v4a, target);
}

BOOST_FIXTURE_TEST_SUITE(cli_socks_test, forwarding_tugd)

BOOST_AUTO_TEST_CASE(a_proxy_here) {
    auto tug = start({"-D", "127.0.0.1:0"});
    const auto line = tug.read_line();
    BOOST_TEST(line.ends_with(" -> SOCKS"));
    check_versions(port_in(line), target);
    const auto closed = plain_socket::to_port(port_in(line));
    BOOST_TEST(reply_to(closed, socks5_request("127.0.0.1", 1)) == 5);
    const auto http = plain_socket::to_port(port_in(line));
    http.send("GET / HTTP/1.1\r\n\r\n");
    BOOST_TEST(http.ended());
}

BOOST_AUTO_TEST_CASE(a_proxy_there) {
    auto tug = start({"-R", "0"});
    const auto line = tug.read_line();
    BOOST_TEST(line.starts_with("remote 127.0.0.1:"));
    check_versions(port_in(line), target);
    const auto closed = plain_socket::to_port(port_in(line));
    BOOST_TEST(reply_to(closed, socks5_request("127.0.0.1", 1)) == 5);
}

BOOST_AUTO_TEST_CASE(no_spelling_reaches_what_no_rule_names) {
    tugd_process other({"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string(), "--allow-connect",
                        "127.0.0.2:*", "--allow-connect", "[::1]:*", "--allow-connect", "*.example.com:*"});
    program tug({"tug", "forward", other.address(), "-D", "127.0.0.1:0"});
    const auto proxy = port_in(tug.read_line());
    auto spelled = loopback_spellings;
    spelled.insert(spelled.end(),
                   {"localhost", "LocalHost.", "127.0.0.3", "ip6-localhost.", "127.0.0.1\n", " 127.0.0.1"});
    for (const auto& host : spelled) {
        const auto code = reply_to(plain_socket::to_port(proxy), socks5_request(host, target.port()));
        BOOST_TEST(code != 0, host);
    }
    const auto by_number = [&](const std::string& address) {
        return reply_to(plain_socket::to_port(proxy), "\x05\x01\0\x05\x01\0"s + address + port_bytes(target.port()));
    };
    const auto mapped = std::string(10, '\0') + "\xff\xff";
    BOOST_TEST(by_number("\x01\x7f\0\0\x01"s) == 2);
    BOOST_TEST(by_number("\x01\0\0\0\0"s) == 2);
    BOOST_TEST(by_number("\x04" + mapped + "\x7f\0\0\x01"s) == 2);
    BOOST_TEST(by_number("\x04" + mapped + "\0\0\0\0"s) == 2);
    const auto v4 = plain_socket::to_port(proxy);
    v4.send("\x04\x01"s + port_bytes(target.port()) + "\x7f\0\0\x01\0"s);
    BOOST_TEST((v4.receive(8) == "\0\x5b\0\0\0\0\0\0"s));
    BOOST_TEST(!target.has_one());
    tug.await_err("permission_denied");
}

BOOST_AUTO_TEST_CASE(each_spelling_reaches_what_a_rule_names) {
    auto tug = start({"-D", "127.0.0.1:0"});
    const auto proxy = port_in(tug.read_line());
    for (const auto& host : loopback_spellings) {
        const auto near = plain_socket::to_port(proxy);
        BOOST_TEST_REQUIRE(reply_to(near, socks5_request(host, target.port())) == 0, host);
        check_tunnel(near, target);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

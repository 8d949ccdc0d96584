// Clients behind a proxy: the address that the PROXY header says, from the peers that may say it.

#include "support/plain_socket.hpp"
#include "support/test_ca.hpp"
#include "support/test_server.hpp"

#include <tug/net/address.hpp>
#include <tug/service/options.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::test;
using namespace std::string_literals;

namespace {

const auto from_client = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x07\x7f\0\0\x01\x30\x39\x22\x88"s; // 203.0.113.7
const auto from_proxy = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0"s;

struct proxied {
    temp_dir own;
    std::string audit = own / "audit";

    [[nodiscard]] server_setup setup(const std::string& peers) const {
        server_setup how;
        how.with_keys = true;
        how.adjust = [this, peers](tug::service::options& o) {
            o.proxy_from = {peers};
            o.audit = audit;
            o.opening_time = std::chrono::seconds(20);
        };
        return how;
    }

    static plain_socket dial(const test_server& server) {
        return plain_socket::to_port(tug::net::address::parse(server.address()).value().port);
    }

    /// rpc.hello, or nothing where the server has closed.
    static bool is_greeted(const plain_socket& s) {
        const auto head = s.receive(8);
        return head.size() == 8 && s.receive(40).find("rpc.hello") != std::string::npos;
    }
};

BOOST_FIXTURE_TEST_SUITE(proxy_protocol_test, proxied)

BOOST_AUTO_TEST_CASE(named_peers_say_who_the_client_is) {
    const test_server server(setup("127.0.0.0/8"));
    for (std::size_t most : {from_client.size(), std::size_t{1}}) { // in one piece, and byte by byte
        const auto s = dial(server);
        for (std::size_t at = 0; at < from_client.size(); at += most) s.send(from_client.substr(at, most));
        BOOST_TEST(is_greeted(s));
        s.send("\0\0\0\x02\0\0\0\0{}"s); // no login: closed
        while (!s.ended()) continue;
    }
    const auto check = dial(server);
    check.send(from_proxy);
    BOOST_TEST(is_greeted(check));
}

BOOST_AUTO_TEST_CASE(what_else_they_send_is_refused) {
    const test_server server(setup("127.0.0.1"));
    for (const auto& text : {"PROXY TCP4 203.0.113.7 127.0.0.1 12345 8840\r\n"s, "\0\0\0\x02\0\0\0\0{}xxxxxxxx"s,
                             "GET / HTTP/1.1\r\nHost: x\r\n\r\n"s}) {
        const auto s = dial(server);
        s.send(text);
        BOOST_TEST(s.ended(), text);
    }
    const auto gone = dial(server);
    gone.shutdown_send();
    BOOST_TEST(gone.ended());
}

BOOST_AUTO_TEST_CASE(from_other_peers_none_is_taken) {
    const test_server server(setup("10.0.0.0/8"));
    const auto s = dial(server);
    BOOST_TEST(is_greeted(s));
    auto client = server.connect("all");
    BOOST_TEST(client.ask("rpc.ping", "{}").error() == "");
    const auto liar = dial(server);
    liar.send(from_client);
    BOOST_TEST(is_greeted(liar)); // which comes at once, and the header is no envelope
    std::string rest;
    while (rest.find("error") == std::string::npos) {
        const auto byte = liar.receive(1);
        BOOST_TEST_REQUIRE(!byte.empty());
        rest += byte;
    }
    BOOST_TEST(read_file(audit).find("203.0.113.7") == std::string::npos);
}

/// Five failures of one client refuse that client alone, whatever proxy they came by.
BOOST_AUTO_TEST_CASE(limits_per_source_count_the_client) {
    auto how = setup("127.0.0.1");
    const auto with_audit = how.adjust;
    how.adjust = [with_audit](tug::service::options& o) {
        with_audit(o);
        o.failed_login_delay = std::chrono::milliseconds(1);
        o.bad_logins.first = std::chrono::minutes(1);
    };
    const test_server server(how);
    const auto login = R"({"jsonrpc":"2.0","id":1,"method":"rpc.authenticate","params":{}})"s;
    const auto frame = "\0\0\0"s + static_cast<char>(login.size()) + "\0\0\0\0"s + login;
    for (int i = 0; i < 5; ++i) {
        const auto s = dial(server);
        s.send(from_client + frame);
        while (!s.ended()) continue;
    }
    const auto refused = dial(server);
    refused.send(from_client);
    BOOST_TEST(!is_greeted(refused));
    auto other = from_client;
    other[19] = '\x08'; // 203.0.113.8
    const auto s = dial(server);
    s.send(other);
    BOOST_TEST(is_greeted(s));
    BOOST_TEST(read_file(audit).find("203.0.113.7:12345") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

/// A server that waits for the login.
struct locked_server : talker {
    explicit locked_server() : talker(role::server) {
        it.greet(sample_hello(true));
        sent();
    }
};

const std::string login = request("1", "rpc.authenticate");

std::string hello_envelope(const hello& h = sample_hello(true)) {
    std::string out;
    append_notification(out, "rpc.hello", h.to_json());
    return out;
}

BOOST_AUTO_TEST_SUITE(connection_opening_test)

BOOST_AUTO_TEST_CASE(the_server_greets_byte_for_byte) {
    talker s(role::server);
    s.it.greet(sample_hello(true));
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(
        frames[0].envelope ==
        R"({"jsonrpc":"2.0","method":"rpc.hello","params":{"protocol":1,"server":"tug/0.1.0",)"
        R"("nonce":"ERERERERERERERERERERERERERERERERERERERERERE=","auth":["hmac-sha256"],"binding":[],)"
        R"("limits":{"envelope":1048576,"body":1048576,"window":1048576,"in_flight":64,"long_in_flight":256}}})");
    BOOST_TEST(s.it.hello_envelope() == frames[0].envelope);
    BOOST_TEST(!s.it.admitted());
}

BOOST_AUTO_TEST_CASE(without_auth_the_client_is_in_at_once) {
    server s;
    BOOST_TEST(s.it.admitted());
    BOOST_TEST(s.hear_frame(request("1", "rpc.ping")) == "request");
}

BOOST_AUTO_TEST_CASE(the_login_is_reported_and_lets_in) {
    locked_server s;
    BOOST_TEST(s.hear_frame(login) == "request");
    s.it.admit(call_id(1), {{"permissions", "all"}});
    BOOST_TEST(s.said() == "result");
    BOOST_TEST(s.it.admitted());
    const std::string large(60'000, 'x');
    BOOST_TEST(s.hear_frame(request("2", "rpc.ping", R"({"payload":")" + large + "\"}")) == "request");
}

/// Until login every other frame is answered with what is wrong, and that is the end.
BOOST_AUTO_TEST_CASE(before_the_login_everything_else_ends_it) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {frame(request("7", "rpc.ping")), "auth_required 7"},
        {frame(request(R"("x")", "exec")), R"(auth_required "x")"},
        {frame(request("7", "no such method")), "auth_required 7"},
        {frame(notice("rpc.bye")), "auth_required null"},
        {frame(notice("rpc.data", R"({"call":1,"stream":"data"})")), "auth_required null"},
        {frame(notice("whatever")), "auth_required null"},
        {frame(notice("rpc.authenticate")), "auth_required null"},
        {frame("{"), "parse_error null"},
        {frame("[]"), "invalid_request null"},
        {frame(R"({"jsonrpc":"2.0","id":7,"id":7,"method":"rpc.authenticate"})"), "invalid_request null"},
        {frame(R"({"jsonrpc":"1.0","id":7,"method":"rpc.authenticate"})"), "invalid_request 7"},
        {frame(R"({"jsonrpc":"2.0","id":-1,"method":"rpc.authenticate"})"), "invalid_request null"},
        {frame(R"({"jsonrpc":"2.0","id":7,"result":{}})"), "invalid_request null"},
        {header(0, 0), "invalid_request null"},
        {header(4'097, 0), "frame_too_large null"},
        {header(100, 1), "frame_too_large null"},
        {"GET / HTTP/1.1\r\n\r\n", "frame_too_large null"},
    };
    for (const auto& [bytes, error] : cases) BOOST_TEST_CONTEXT(bytes.substr(8)) {
            locked_server s;
            BOOST_TEST(s.hear(bytes) == "failed error(" + error + ")");
            BOOST_TEST(s.it.over());
            BOOST_TEST(s.hear_frame(login) == "");
        }
}

BOOST_AUTO_TEST_CASE(the_limits_of_the_login_hold_to_the_byte) {
    locked_server s;
    const auto padded = [](std::size_t size) { return login + std::string(size - login.size(), ' '); };
    BOOST_TEST(s.hear_frame(padded(4'096)) == "request");
    locked_server t;
    BOOST_TEST(t.hear_frame(padded(4'097)) == "failed error(frame_too_large null)");
}

BOOST_AUTO_TEST_CASE(a_refused_login_ends_it) {
    locked_server s;
    s.hear_frame(login);
    s.it.fail(errc::auth_failed, call_id(1));
    BOOST_TEST(s.said() == "error(auth_failed 1)");
    BOOST_TEST(s.it.over());
    BOOST_TEST(!s.it.admitted());
}

BOOST_AUTO_TEST_CASE(a_further_login_is_refused_and_kept) {
    locked_server s;
    s.hear_frame(login);
    s.it.admit(call_id(1), {});
    s.said();
    BOOST_TEST(s.hear_frame(request("2", "rpc.authenticate")) == "error(invalid_request 2)");
    server open;
    BOOST_TEST(open.hear_frame(login) == "error(invalid_request 1)");
    BOOST_TEST(open.hear_frame(request("2", "rpc.ping")) == "request");
}

/// The login may be decided after the connection ended: no client is let in, nothing is sent.
BOOST_AUTO_TEST_CASE(who_is_gone_is_not_admitted) {
    locked_server s;
    s.hear_frame(login);
    s.it.fail(errc::timed_out);
    s.said();
    s.it.admit(call_id(1), {});
    BOOST_TEST(s.said() == "");
    BOOST_TEST(s.it.over());
    BOOST_TEST(!s.it.admitted());
}

BOOST_AUTO_TEST_CASE(the_client_keeps_the_hello_as_it_came) {
    talker c(role::client);
    const auto text = " " + hello_envelope(); // not as this side would write it
    BOOST_TEST(c.hear_frame(text) == "greeted");
    BOOST_TEST(c.it.hello_envelope() == text);
    BOOST_TEST(c.it.peer_hello().server == "tug/0.1.0");
    BOOST_TEST(c.it.peer_hello().auth.size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_client_checks_the_hello) {
    auto future = sample_hello(true);
    future.protocol = 2;
    const std::vector<std::pair<std::string, std::string_view>> cases{
        {frame(hello_envelope(future)), "unsupported_protocol"},
        {frame(notice("rpc.hello")), "protocol_violation"},
        {frame(notice("rpc.hello", "[]")), "protocol_violation"},
        {frame(R"({"jsonrpc":"2.0","method":"rpc.hello"})"), "protocol_violation"},
        {frame(notice("rpc.data", R"({"call":1,"stream":"data"})")), "protocol_violation"},
        {frame(request("1", "rpc.hello")), "protocol_violation"},
        {frame(R"({"jsonrpc":"2.0","id":1,"result":{}})"), "protocol_violation"},
        {frame(R"({"jsonrpc":"2.0","id":null,"result":{}})"), "protocol_violation"},
        {frame("{"), "protocol_violation"},
        {frame("[]"), "protocol_violation"},
        {frame(hello_envelope(), "body"), "protocol_violation"},
        {frame(R"({"jsonrpc":"2.0","method":"rpc.hello","method":"rpc.hello","params":{}})"), "protocol_violation"},
        {header(0, 0), "protocol_violation"},
        {"HTTP/1.1 400 Bad Request\r\n", "protocol_violation"},
        // In the place of the hello: over the limit of connections, or too many failed logins.
        {frame(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32016,"message":"m","data":{"name":"busy"}}})"), "busy"},
        {frame(R"({"jsonrpc":"2.0","id":null,"error":{"message":"m","data":{"name":"rate_limited"}}})"),
         "rate_limited"},
        {frame(R"({"jsonrpc":"2.0","id":null,"error":5})"), "protocol_violation"},
    };
    for (const auto& [bytes, name] : cases) BOOST_TEST_CONTEXT(bytes.substr(8)) {
            talker c(role::client);
            BOOST_TEST(c.hear(bytes) == "failed"); // a client says nothing to it
            BOOST_TEST(name_of(c.it.why().code) == name);
            BOOST_TEST(!c.it.why().message.empty());
            BOOST_TEST(c.it.over());
            BOOST_TEST(!c.it.start("rpc.ping", {}, {}, call_class::short_lived).has_value());
        }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

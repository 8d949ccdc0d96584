// Rules of PROTOCOL.md that an implementer has to find there, because two readings of them make sense.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::test;

struct served {
    test_server server;
    raw_client c = server.connect();

    /// A put that waits for data.
    std::string id = std::to_string(c.call("put", R"({"path":"a"})"));
};

BOOST_FIXTURE_TEST_SUITE(server_protocol_rules_test, served)

/// What is wrong with an envelope is answered and forgotten; what is wrong with a stream is not.
BOOST_AUTO_TEST_CASE(what_closes_a_connection) {
    BOOST_TEST(c.hear_of("{") == "error(parse_error null)");
    BOOST_TEST(c.hear_of(R"({"jsonrpc":"1.0","id":7,"method":"rpc.ping"})") == "error(invalid_request 7)");
    BOOST_TEST(c.hear_of(request("7", "rpc.ping", R"({"nonsense":1})")) == "error(invalid_params 7)");
    c.note("rpc.data", R"({"call":"not in flight","stream":7,"nonsense":1})");
    c.note("rpc.credit", R"({"nonsense":1})");
    BOOST_TEST(c.is_served());
    for (const auto* malformed :
         {R"(,"stream":7})", R"(,"stream":"data","nonsense":1})", R"(,"stream":"other"})", "}"}) {
        auto other = server.connect();
        const auto call = std::to_string(other.call("put", R"({"path":"b"})"));
        other.note("rpc.data", R"({"call":)" + call + malformed);
        BOOST_TEST(other.hear() == "error(invalid_request null)");
        BOOST_TEST(other.is_closed());
    }
}

BOOST_AUTO_TEST_CASE(a_body_on_a_request) {
    BOOST_TEST(c.hear_of(request("7", "rpc.ping"), "body") == "error(invalid_request 7)");
    // The one method that may carry a body is no method that could be called.
    const auto params = R"({"call":)" + id + R"(,"stream":"data"})";
    BOOST_TEST(c.hear_of(request("7", "rpc.data", params), "body") == "error(method_not_found 7)");
    c.write(1, "data", "", true);
    BOOST_TEST(boost::json::serialize(c.wait(1).result().at("size")) == "0"); // the body was not of the stream
}

BOOST_AUTO_TEST_CASE(calls_after_bye) {
    c.note("rpc.bye");
    for (const auto* method : {"rpc.ping", "rpc.discover", "exec.signal", "get", "no.such"})
        BOOST_TEST(c.hear_of(request("7", method)) == "error(invalid_request 7)");
    c.write(1, "data", "it goes on");
    c.cancel(1);
    BOOST_TEST(c.wait(1).error() == "cancelled");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(the_id_of_what_is_no_request) {
    BOOST_TEST(c.hear_of(R"({"jsonrpc":"2.0","id":7})") == "error(invalid_request 7)");
    BOOST_TEST(c.hear_of(R"({"jsonrpc":"2.0","id":"x","method":7})") == R"(error(invalid_request "x"))");
    BOOST_TEST(c.hear_of(R"({"jsonrpc":"2.0","id":7,"result":{}})") == "error(invalid_request null)");
    BOOST_TEST(c.hear_of(R"({"jsonrpc":"2.0"})") == "error(invalid_request null)");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(a_timeout_of_a_login) {
    const test_server with_keys({.with_keys = true});
    auto other = with_keys.unauthenticated();
    other.hello();
    auto params = other.login_params("all", key_of("all"));
    params["timeout_ms"] = 1000;
    BOOST_TEST(other.hear_of(request("7", "rpc.authenticate", boost::json::serialize(params))) ==
               "error(auth_failed 7)");
    BOOST_TEST(other.is_closed());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

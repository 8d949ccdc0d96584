// `after`: calls that begin when others have succeeded, and `meta`.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/server.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>

namespace {

using namespace tug::test;
namespace fs = std::filesystem;

struct served {
    test_server server;
    raw_client c = server.connect();
};

BOOST_FIXTURE_TEST_SUITE(server_order_test, served)

/// All requests and all data are sent before anything is read.
BOOST_AUTO_TEST_CASE(inputs_a_command_and_an_output_in_one_round_trip) {
    const auto a = c.call("put", R"({"path":"a"})");
    c.write(a, "data", "one\n", true);
    const auto b = c.call("put", R"({"path":"b"})");
    c.write(b, "data", "two\n", true);
    const auto run = c.call("exec", R"({"shell":"cat a b >both","after":[1,2]})");
    const auto get = c.call("get", R"({"path":"both","after":[)" + std::to_string(run) + "]}");
    BOOST_TEST(c.wait(get).text("data") == "one\ntwo\n");
    BOOST_TEST(c.wait(get).error().empty());
    BOOST_TEST(c.wait(run).at("exit_code") == "0");
}

/// Data and credit are taken while the call waits; nothing is begun.
BOOST_AUTO_TEST_CASE(a_call_that_waits) {
    const auto slow = c.call("exec", R"({"argv":["cat"],"stdin":true})");
    const auto put = c.call("put", R"({"path":"late","after":[1]})");
    c.write(put, "data", "x", true);
    BOOST_TEST(c.is_served());
    BOOST_TEST(!fs::exists(server.in_root("late")));
    c.write(slow, "stdin", "", true);
    BOOST_TEST(c.wait(put).error().empty());
    BOOST_TEST(read_file(server.in_root("late")) == "x");
}

BOOST_AUTO_TEST_CASE(what_failed_is_named) {
    const auto failed = c.call("exec", R"({"shell":"exit 1"})");
    const auto next = c.call("exec", R"({"shell":"echo x >>ran","after":[1]})");
    const auto last = c.call("file.mkdir", R"({"path":"d","after":[2]})");
    BOOST_TEST(c.wait(last).error() == "dependency_failed");
    BOOST_TEST(c.wait(last).data("call") == std::to_string(next));
    BOOST_TEST(c.wait(next).data("call") == std::to_string(failed));
    BOOST_TEST(c.wait(failed).at("exit_code") == "1");
    BOOST_TEST((!fs::exists(server.in_root("ran")) && !fs::exists(server.in_root("d"))));
}

/// A request that is refused has failed as well as one that began.
BOOST_AUTO_TEST_CASE(what_was_refused_has_failed) {
    for (const auto* const bad : {R"(["put",{}])", R"(["no.such",{}])", R"(["get",{"path":"nothing"}])"}) {
        const auto words = boost::json::parse(bad);
        const auto refused = c.call(words.at(0).as_string(), boost::json::serialize(words.at(1)));
        const auto next = c.call("exec", R"({"argv":["true"],"after":[)" + std::to_string(refused) + "]}");
        BOOST_TEST(c.wait(next).error() == "dependency_failed", bad);
    }
}

BOOST_AUTO_TEST_CASE(a_ping_may_be_waited_for) {
    const auto ping = c.call("rpc.ping");
    BOOST_TEST(c.ask("exec", R"({"argv":["true"],"after":[)" + std::to_string(ping) + "]}").at("exit_code") == "0");
}

BOOST_AUTO_TEST_CASE(unknown_ids) {
    for (const auto* const bad : {"[77]", "[]", "7", "[-1]", "[1.5]"}) {
        const auto& answer = c.ask("exec", std::string(R"({"argv":["true"],"after":)") + bad + "}");
        BOOST_TEST(answer.error() == "invalid_params", bad);
        BOOST_TEST(answer.data("field") == R"("after")");
    }
    BOOST_TEST(c.ask("rpc.ping", R"({"after":[1]})").error() == "invalid_params"); // it is answered at once
}

BOOST_AUTO_TEST_CASE(a_call_that_waits_is_cancelled) {
    const auto slow = c.call("exec", R"({"argv":["cat"],"stdin":true})");
    const auto next = c.call("exec", R"({"shell":"echo x >>ran","after":[1]})");
    c.cancel(next);
    BOOST_TEST(c.wait(next).error() == "cancelled");
    const auto late = c.call("exec", R"({"shell":"echo x >>ran","after":[1],"timeout_ms":1})");
    BOOST_TEST(c.wait(late).error() == "timed_out"); // time counts from the request
    c.write(slow, "stdin", "", true);
    BOOST_TEST(c.wait(slow).at("exit_code") == "0");
    BOOST_TEST(c.is_served());
    BOOST_TEST(!fs::exists(server.in_root("ran")));
}

/// The end of a connection ends what waits, too: else the server would not end.
BOOST_AUTO_TEST_CASE(a_client_that_is_gone) {
    (void)c.call("exec", R"({"argv":["cat"],"stdin":true})");
    (void)c.call("exec", R"({"shell":"echo x >>ran","after":[1]})");
    BOOST_TEST(c.is_served());
    c.close();
    BOOST_TEST(!fs::exists(server.in_root("ran")));
}

BOOST_AUTO_TEST_CASE(discover_tells) {
    const auto document = boost::json::serialize(c.ask("rpc.discover").result());
    BOOST_TEST(
        document.find(R"({"name":"after","required":false,"schema":{"type":"array","minItems":1,"maxItems":256)") !=
        std::string::npos);
}

const std::string traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string with_meta(int id, std::string_view meta, std::string_view params) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":"exec","meta":)" + std::string(meta) +
           R"(,"params":)" + std::string(params) + "}";
}

BOOST_AUTO_TEST_CASE(a_trace_reaches_the_command) {
    const std::string show = R"({"shell":"echo ${TRACEPARENT-none} ${TRACESTATE-none}"})";
    c.send(frame(with_meta(50, R"({"traceparent":")" + traceparent + R"(","tracestate":"a=1"})", show)));
    BOOST_TEST(c.wait(50).text("stdout") == traceparent + " a=1\n");
    c.send(frame(with_meta(51, R"({"traceparent":"no","tracestate":"a=1"})", show)));
    BOOST_TEST(c.wait(51).text("stdout") == "none none\n"); // what is malformed is ignored
    c.send(frame(with_meta(52, "7", show)));
    BOOST_TEST(c.wait(52).text("stdout") == "none none\n");
    const std::string own = R"({"shell":"echo $TRACEPARENT","env":{"TRACEPARENT":"mine"}})";
    c.send(frame(with_meta(53, R"({"traceparent":")" + traceparent + R"("})", own)));
    BOOST_TEST(c.wait(53).text("stdout") == "mine\n");
}

/// No request brings a variable past the rules of its key.
BOOST_AUTO_TEST_CASE(a_key_with_rules_for_variables) {
    const test_server keyed({.with_keys = true, .lines = {{"k", "exec argv0=/usr/bin/env env=TRACEPARENT"}}});
    auto k = keyed.connect("k");
    const std::string meta = R"({"traceparent":")" + traceparent + R"(","tracestate":"a=1"})";
    k.send(frame(with_meta(50, meta, R"({"argv":["/usr/bin/env"],"clear_env":true})")));
    BOOST_TEST(k.wait(50).text("stdout") == "TRACEPARENT=" + traceparent + "\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

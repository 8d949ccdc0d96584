// What a client makes of what a server says.

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

std::string result_frame(std::string_view id, std::string_view result = "{}") {
    return frame(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":)" + std::string(result) + "}");
}

std::string error_frame(std::string_view id, std::string_view name) {
    return frame(R"({"jsonrpc":"2.0","id":)" + std::string(id) +
                 R"(,"error":{"code":-1,"message":"m","data":{"name":")" + std::string(name) + R"("}}})");
}

BOOST_AUTO_TEST_SUITE(connection_client_test)

BOOST_AUTO_TEST_CASE(calls_are_numbered) {
    client k;
    const auto first = k.it.start("rpc.ping", {{"payload", 1}}, {}, call_class::short_lived).value();
    const auto second = k.it.start("get", {}, get_streams, call_class::bulk).value();
    const auto frames = k.sent();
    BOOST_TEST_REQUIRE(frames.size() == 2U);
    BOOST_TEST(frames[0].envelope == R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"payload":1}})");
    BOOST_TEST(frames[1].envelope == R"({"jsonrpc":"2.0","id":2,"method":"get","params":{}})");
    BOOST_TEST((first->id == call_id(1) && second->id == call_id(2)));
}

BOOST_AUTO_TEST_CASE(an_answer_finds_its_call) {
    client k;
    const auto first = k.start("rpc.ping", {});
    const auto second = k.start("rpc.ping", {});
    const auto bytes = result_frame("2", R"({"n":2})");
    k.it.feed(bytes_of(bytes));
    const auto e = k.it.next();
    BOOST_TEST((e.kind == event::type::answered && e.call == second));
    BOOST_TEST_REQUIRE(e.message.result != nullptr);
    BOOST_TEST(boost::json::serialize(*e.message.result) == R"({"n":2})");
    BOOST_TEST((!second->open && first->open));
    BOOST_TEST(k.it.calls().size() == 1U);
}

BOOST_AUTO_TEST_CASE(an_error_is_decoded) {
    client k;
    const auto c = k.start("get", get_streams);
    const auto bytes = error_frame("1", "not_found");
    k.it.feed(bytes_of(bytes));
    const auto e = k.it.next();
    BOOST_TEST((e.kind == event::type::answered && e.call == c && !e.message.result));
    BOOST_TEST((k.it.why().code == errc::not_found));
    BOOST_TEST(!k.it.over());
    BOOST_TEST(!c->inbound[0].eof()); // half a file never looks whole
}

BOOST_AUTO_TEST_CASE(a_result_before_eof_is_a_violation) {
    client k;
    const auto c = k.start("exec", exec_streams);
    k.hear(data_frame(1, "stdout", "x", true));
    const auto bytes = result_frame("1");
    k.it.feed(bytes_of(bytes));
    const auto e = k.it.next();
    BOOST_TEST((e.kind == event::type::answered && e.call == c && !e.message.result));
    BOOST_TEST((k.it.why().code == errc::protocol_violation));
}

BOOST_AUTO_TEST_CASE(a_start_is_reported) {
    client k;
    const auto c = k.start("exec", exec_streams);
    const auto say = [&](std::string_view params) {
        const auto bytes = frame(R"({"jsonrpc":"2.0","method":"rpc.started","params":)" + std::string(params) + "}");
        k.it.feed(bytes_of(bytes));
        return k.it.next();
    };
    BOOST_TEST((say(R"({"call":9,"pid":1})").kind == event::type::need_more)); // of no call in flight
    BOOST_TEST(!c->pid.has_value());
    const auto e = say(R"({"call":1,"pid":4711})");
    BOOST_TEST((e.kind == event::type::started && e.call == c));
    BOOST_TEST(c->pid.value() == 4711);
    BOOST_TEST((say(R"({"call":1,"pid":"x"})").kind == event::type::failed));
}

BOOST_AUTO_TEST_CASE(a_stream_that_was_stopped_needs_no_eof) {
    client k;
    const auto c = k.start("exec", exec_streams);
    k.it.stop(*c, 0);
    k.hear(data_frame(1, "stderr", "", true));
    const auto bytes = result_frame("1");
    k.it.feed(bytes_of(bytes));
    BOOST_TEST(k.it.next().message.result != nullptr);
}

BOOST_AUTO_TEST_CASE(what_arrived_can_be_taken_after_the_answer) {
    client k;
    const auto c = k.start("get", get_streams);
    k.hear(data_frame(1, "data", "all of it", true) + result_frame("1"));
    BOOST_TEST(take_all(k.it, *c, 0) == "all of it");
    BOOST_TEST(c->inbound[0].eof());
    BOOST_TEST(k.said() == "");
}

BOOST_AUTO_TEST_CASE(what_breaks_the_protocol_ends_it) {
    const std::vector<std::string> cases{
        result_frame("2"),
        result_frame(R"("1")"),
        error_frame("2", "busy"),
        result_frame("null"),
        result_frame("-1"),
        frame(request("1", "rpc.ping")),
        frame("{"),
        frame("[]"),
        frame(R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})"),
        frame(R"({"jsonrpc":"2.0","id":1,"result":{"a":1,"a":2}})"),
        frame(R"({"jsonrpc":"1.0","id":1,"result":{}})"),
        frame(R"({"jsonrpc":"2.0","id":1,"result":{}})", "body"),
        frame(notice("rpc.cancel", R"({"call":1})")),
        data_frame(1, "stdin", "x"), // wrong direction
        data_frame(1, "other", "x"),
        data_frame(1, "stdout", "", true) + data_frame(1, "stdout", "x"),
        data_frame(1, "stdout", std::string(1'048'576, 'x')) + data_frame(1, "stdout", "x"),
        frame(notice("rpc.credit", R"({"call":1,"stream":"stdout","bytes":1})")),
        frame(notice("rpc.stop", R"({"call":1,"stream":"stdout"})")),
        frame(notice("rpc.data", R"({"call":1,"stream":"stdout","eof":true,"digest":"x"})")),
        header(0, 0),
        header(limits().envelope + 1, 0),
        header(1, 1'048'577),
    };
    for (const auto& bytes : cases) BOOST_TEST_CONTEXT(bytes.substr(8, 100)) {
            client k;
            const auto c = k.start("exec", exec_streams);
            const auto log = k.hear(bytes);
            BOOST_TEST(log.ends_with("failed"));
            BOOST_TEST((k.it.why().code == errc::protocol_violation));
            BOOST_TEST((k.it.over() && !c->open));
            BOOST_TEST(k.said() == "");
            BOOST_TEST(k.hear(result_frame("1")) == "");
        }
}

BOOST_AUTO_TEST_CASE(an_error_without_an_id_is_the_end_by_its_name) {
    client k;
    const auto c = k.start("exec", exec_streams);
    BOOST_TEST(k.hear(error_frame("null", "flow_control_violation")) == "failed");
    BOOST_TEST((k.it.why().code == errc::flow_control_violation));
    BOOST_TEST(!c->open);
    const auto later = k.it.start("rpc.ping", {}, {}, call_class::short_lived);
    BOOST_TEST_REQUIRE(!later.has_value());
    BOOST_TEST((later.error().code == errc::flow_control_violation));
}

BOOST_AUTO_TEST_CASE(what_is_unknown_is_ignored) {
    client k;
    k.start("exec", exec_streams);
    BOOST_TEST(k.hear_frame(notice("from.the.future", "[]")) == "");
    BOOST_TEST(k.hear_frame(notice("rpc.bye")) == "");
    BOOST_TEST(k.hear_frame(notice("rpc.hello")) == "");
    BOOST_TEST(k.hear(data_frame(9, "stdout", "late")) == ""); // it crossed something
    BOOST_TEST(k.hear_frame(notice("rpc.credit", R"({"call":9})")) == "");
    BOOST_TEST(!k.it.over());
}

BOOST_AUTO_TEST_CASE(a_request_that_does_not_fit_is_not_sent) {
    client k;
    const auto c = k.it.start("exec", {{"shell", std::string(limits().envelope, 'x')}}, exec_streams, call_class::bulk);
    BOOST_TEST_REQUIRE(!c.has_value());
    BOOST_TEST((c.error().code == errc::invalid_params));
    BOOST_TEST(c.error().field == "shell");
    for (const auto* part : {"\"shell\" takes 1048578 bytes", "into 1048576", "--max-envelope"})
        BOOST_TEST_CONTEXT(part) BOOST_TEST((c.error().message.find(part) != std::string::npos));
    BOOST_TEST(k.said() == "");
    BOOST_TEST(k.it.calls().empty());
    limits small;
    small.envelope = 512;
    client narrow(small);
    BOOST_TEST(
        !narrow.it.start("exec", {{"shell", std::string(512, 'x')}}, exec_streams, call_class::bulk).has_value());
}

BOOST_AUTO_TEST_CASE(cancel_and_bye_are_sent) {
    client k;
    const auto c = k.start("exec", exec_streams);
    k.it.cancel(*c);
    k.it.say_bye();
    const auto frames = k.sent();
    BOOST_TEST_REQUIRE(frames.size() == 2U);
    BOOST_TEST(frames[0].envelope == R"({"jsonrpc":"2.0","method":"rpc.cancel","params":{"call":1}})");
    BOOST_TEST(frames[1].envelope == R"({"jsonrpc":"2.0","method":"rpc.bye","params":{}})");
    BOOST_TEST(c->open); // until its answer
}

BOOST_AUTO_TEST_CASE(nothing_is_said_when_it_is_over) {
    client k;
    const auto c = k.start("exec", exec_streams);
    k.it.fail(errc::connection_lost);
    k.it.cancel(*c);
    k.it.say_bye();
    k.it.stop(*c, 0);
    k.it.send(*c, 0, chunk::copy_of("x"));
    k.it.send_eof(*c, 0);
    BOOST_TEST(k.said() == "");
    BOOST_TEST((k.it.start("rpc.ping", {}, {}, call_class::short_lived).error().code == errc::connection_lost));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

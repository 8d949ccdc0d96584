// What a server makes of single envelopes once the client is in.

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;
using namespace std::string_literals;

const std::string depth_16 =
    R"({"jsonrpc":"2.0","id":1,"method":"m","params":)" + std::string(15, '[') + std::string(15, ']') + "}";
const std::string depth_17 =
    R"({"jsonrpc":"2.0","id":1,"method":"m","params":)" + std::string(16, '[') + std::string(16, ']') + "}";

/// Every error here leaves the connection as it was.
void check(const std::vector<std::pair<std::string, std::string>>& cases) {
    for (const auto& [bytes, outcome] : cases) BOOST_TEST_CONTEXT(bytes.substr(8, 120)) {
            server s;
            const auto c = s.open(7, exec_streams);
            BOOST_TEST(s.hear(bytes) == outcome);
            BOOST_TEST(c->open);
            BOOST_TEST(s.hear_frame(request("99", "rpc.ping")) == "request");
        }
}

BOOST_AUTO_TEST_SUITE(connection_envelopes_test)

BOOST_AUTO_TEST_CASE(what_is_no_json) {
    check({
        {frame("x"), "error(parse_error null)"},
        {frame("\0"s), "error(parse_error null)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"method":"m")"), "error(parse_error null)"},
        {frame(request("1", "m") + "x"), "error(parse_error null)"},
        {frame(request("1", "\xff")), "error(parse_error null)"},
        {frame(request("1", "\\ud800")), "error(parse_error null)"},
        {frame("\xef\xbb\xbf" + request("1", "m")), "error(parse_error null)"},
        {frame(depth_16), "request"},
        {frame(depth_17), "error(parse_error null)"},
        {frame(std::string(limits().envelope, '[')), "error(parse_error null)"},
        {frame("x", "body"), "error(parse_error null)"},
    });
}

BOOST_AUTO_TEST_CASE(what_is_no_message) {
    check({
        {frame("[]"), "error(invalid_request null)"},
        {frame("[" + request("1", "m") + "," + request("2", "m") + "]"), "error(invalid_request null)"},
        {frame("5"), "error(invalid_request null)"},
        {frame("{}"), "error(invalid_request null)"},
        {frame(R"({"id":1,"method":"m"})"), "error(invalid_request 1)"},
        {frame(R"({"jsonrpc":"2.0","id":1})"), "error(invalid_request 1)"},
        {frame(R"({"jsonrpc":"2.0","id":"a","method":7})"), R"(error(invalid_request "a"))"},
        {frame(request("1", "a\\u0000b")), "error(invalid_request 1)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"result":{}})"), "error(invalid_request null)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"error":{}})"), "error(invalid_request null)"},
        {frame(R"({"jsonrpc":"2.0","id":null,"error":{}})"), "error(invalid_request null)"},
    });
}

BOOST_AUTO_TEST_CASE(ids) {
    const auto with = [](std::string_view id) { return frame(request(id, "m")); };
    const auto bad = "error(invalid_request null)"s;
    check({
        {with("0"), "request"},
        {with("9007199254740991"), "request"},
        {with(R"("a")"), "request"},
        {with('"' + std::string(64, 'x') + '"'), "request"},
        {with('"' + std::string(65, 'x') + '"'), bad},
        {with(R"("")"), bad},
        {with(R"("\u0000")"), bad},
        {with("9007199254740992"), bad},
        {with("18446744073709551616"), bad},
        {with("1e400"), bad},
        {with("-1"), bad},
        {with("-0"), bad},
        {with("5.0"), bad},
        {with("1e3"), bad},
        {with("null"), bad},
        {with("true"), bad},
        {with("[7]"), bad},
    });
}

BOOST_AUTO_TEST_CASE(duplicate_members_have_no_id) {
    check({
        {frame(R"({"jsonrpc":"2.0","id":1,"method":"m","method":"n"})"), "error(invalid_request null)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"id":1,"method":"m"})"), "error(invalid_request null)"},
        {frame(request("1", "m", R"({"a":{"b":[{"c":1,"c":2}]}})")), "error(invalid_request null)"},
        {frame(request("1", "m", R"({"a":1,"\u0061":2})")), "error(invalid_request null)"},
        {frame(notice("rpc.cancel", R"({"call":7,"call":7})")), "error(invalid_request null)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"method":"m","extra":{"a":1}})"), "request"},
    });
}

/// Where a faulty message has the id of a call in flight, the error names the call beside and not instead.
BOOST_AUTO_TEST_CASE(a_call_in_flight_is_not_disturbed) {
    check({
        {frame(request("7", "rpc.ping")), "error(invalid_request null call=7)"},
        {frame(request("7", "exec")), "error(invalid_request null call=7)"},
        {frame(request("7", "rpc.authenticate")), "error(invalid_request null call=7)"},
        {frame(request(R"("7")", "rpc.ping")), "request"}, // another type, another id
        {frame(R"({"jsonrpc":"1.0","id":7,"method":"m"})"), "error(invalid_request null call=7)"},
        {frame(R"({"jsonrpc":"2.0","id":7,"method":5})"), "error(invalid_request null call=7)"},
        {frame(request("7", "m"), "body"), "error(invalid_request null call=7)"},
    });
}

BOOST_AUTO_TEST_CASE(only_data_has_a_body) {
    const auto large = std::string(1'048'576, 'b');
    check({
        {frame(request("1", "exec"), "b"), "error(invalid_request 1)"},
        {frame(request(R"("s")", "rpc.ping"), large), R"(error(invalid_request "s"))"},
        {frame(notice("rpc.cancel", R"({"call":7})"), "b"), "error(invalid_request null)"},
        {frame(notice("rpc.bye"), "b"), "error(invalid_request null)"},
        {frame(notice("unknown"), "b"), "error(invalid_request null)"},
        {frame(R"({"jsonrpc":"2.0","id":1,"result":1})", "b"), "error(invalid_request null)"},
        {frame(notice("rpc.data", R"({"call":8,"stream":"stdin"})"), large), ""},
    });
}

BOOST_AUTO_TEST_CASE(notifications_have_no_answer) {
    check({
        {frame(notice("exec", R"({"argv":["true"]})")), ""},
        {frame(notice("rpc.ping")), ""},
        {frame(notice("rpc.discover")), ""},
        {frame(notice("unknown")), ""},
        {frame(notice("rpc.unknown", "[]")), ""},
        {frame(notice("rpc.hello")), ""},
        {frame(notice("rpc.")), ""},
        {frame(R"({"jsonrpc":"2.0","method":"get"})"), ""},
    });
}

/// Envelope limits to the byte, after the login.
BOOST_AUTO_TEST_CASE(sizes) {
    const auto padded = [](std::size_t size) {
        const auto text = request("1", "m");
        return text + std::string(size - text.size(), ' ');
    };
    server s;
    BOOST_TEST(s.hear_frame(padded(limits().envelope)) == "request");
    BOOST_TEST(s.hear_frame(padded(limits().envelope + 1)) == "failed error(frame_too_large null)");
    server empty;
    BOOST_TEST(empty.hear(header(0, 5)) == "failed error(invalid_request null)");
    server body;
    BOOST_TEST(body.hear(header(10, 1'048'577)) == "failed error(frame_too_large null)");
    BOOST_TEST(body.hear_frame(request("1", "m")) == "");
}

/// The smallest envelope that a server may have: an error whose texts do not fit, escaped, goes out without them.
BOOST_AUTO_TEST_CASE(an_error_always_fits) {
    limits small;
    small.envelope = login_envelope_limit;
    server s(small);
    const std::string controls(512, '\x01');
    const auto c = s.open(7, exec_streams);
    s.it.refuse(call_id(8), {errc::invalid_params, controls});
    auto two = failure::bad_field(controls, "is not known");
    two.message = controls;
    s.it.refuse(call_id(9), two);
    s.it.finish(*c, two);
    BOOST_TEST(s.said() == "error(invalid_params 8) error(invalid_params 9) error(invalid_params 7)");
    s.it.fail(two);
    BOOST_TEST(s.said() == "error(invalid_params null)");
}

BOOST_AUTO_TEST_CASE(texts_of_the_peer_are_cut) {
    server s;
    s.open(7, put_streams);
    const auto params = R"({"call":7,"stream":"data",")" + std::string(60'000, 'm') + R"(":1})";
    s.it.feed({});
    const auto bytes = frame(notice("rpc.data", params));
    s.it.feed(bytes_of(bytes));
    BOOST_TEST((s.it.next().kind == event::type::failed));
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].json().at("error").at("message").as_string().size() <= max_message_text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

// What a well-framed envelope gets that is wrong in itself. All of it leaves the connection open.

#include "support/talk.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tug::test;

/// Arrays inside each other, so that the innermost one is on that level of the envelope, which is the first.
std::string nested_to(int level) {
    const auto deep = static_cast<std::size_t>(level - 2);
    return R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{},"x":)" + std::string(deep + 1, '[') +
           std::string(deep + 1, ']') + "}";
}

struct connected {
    test_server server;
    raw_client c = server.connect();

    void expect(std::string_view envelope, std::string_view answer, std::string_view body = {}) {
        BOOST_TEST_INFO(envelope.substr(0, 200));
        BOOST_TEST(c.hear_of(envelope, body) == answer);
    }
};

BOOST_FIXTURE_TEST_SUITE(server_envelope_test, connected)

BOOST_AUTO_TEST_CASE(what_is_no_json) {
    for (const auto* text : {"{", "nonsense", "{} {}", R"({"a":1,})", "{\"a\":\"\xff\xfe\"}", R"({"a":"\ud800"})",
                             R"({'a':1})", "\xef\xbb\xbf{}"})
        expect(text, "error(parse_error null)");
    expect(nested_to(16), "result 1");
    expect(nested_to(17), "error(parse_error null)");
    expect(std::string(60'000, '['), "error(parse_error null)");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(what_is_no_message) {
    expect("[]", "error(invalid_request null)");
    expect(R"([{"jsonrpc":"2.0","id":1,"method":"rpc.ping"}])", "error(invalid_request null)");
    expect("7", "error(invalid_request null)");
    expect("{}", "error(invalid_request null)");
    expect(R"({"jsonrpc":"1.0","id":1,"method":"rpc.ping"})", "error(invalid_request 1)");
    expect(R"({"id":1,"method":"rpc.ping"})", "error(invalid_request 1)");
    expect(R"({"jsonrpc":"2.0","id":1})", "error(invalid_request 1)");
    expect(R"({"jsonrpc":"2.0","id":1,"method":7})", "error(invalid_request 1)");
    expect(R"({"jsonrpc":"2.0","id":1,"method":"a\u0000b"})", "error(invalid_request 1)");
    expect(R"({"jsonrpc":"2.0","id":1,"id":1,"method":"rpc.ping"})", "error(invalid_request null)");
    expect(R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"payload":"a","payload":"a"}})",
           "error(invalid_request null)");
    expect(R"({"jsonrpc":"2.0","id":1,"result":{}})", "error(invalid_request null)");
    expect(R"({"jsonrpc":"2.0","id":1,"error":{}})", "error(invalid_request null)");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(ids) {
    for (const auto* id : {"0", "9007199254740991", R"("x")", R"("\u00e4 \"")"})
        expect(request(id, "rpc.ping"), "result " + boost::json::serialize(boost::json::parse(id)));
    const auto longest = json_text(std::string(64, 'i'));
    expect(request(longest, "rpc.ping"), "result " + longest);
    for (const auto* id :
         {"-1", "9007199254740992", "1.0", "1e3", "-0", R"("")", "null", "true", "[1]", "{}", R"("a\u0000")"})
        expect(request(id, "rpc.ping"), "error(invalid_request null)");
    expect(request(json_text(std::string(65, 'i')), "rpc.ping"), "error(invalid_request null)");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_CASE(bodies_where_none_belongs) {
    expect(request("1", "rpc.ping"), "error(invalid_request 1)", "body");
    expect(request("1", "put", R"({"path":"a"})"), "error(invalid_request 1)", "body");
    expect(notice("rpc.cancel", R"({"call":1})"), "error(invalid_request null)", "body");
    BOOST_TEST(c.is_served());
    BOOST_TEST(server.files() == "");
}

BOOST_AUTO_TEST_CASE(wrong_params) {
    const auto refused = [this](std::string_view method, std::string_view params, std::string_view field) {
        const auto& answer = c.ask(method, params);
        BOOST_TEST_INFO(std::string(method) + " " + std::string(params.substr(0, 200)));
        BOOST_TEST(answer.error() == "invalid_params");
        BOOST_TEST(answer.data("field") == json_text(field));
    };
    refused("rpc.ping", "[]", "params");
    refused("rpc.ping", "null", "params");
    refused("rpc.ping", R"({"payloads":"a"})", "payloads");
    refused("rpc.ping", R"({"payload":7})", "payload");
    refused("rpc.ping", R"({"payload":"a\u0000b"})", "payload");
    refused("rpc.discover", R"({"what":1})", "what");
    refused("get", "{}", "path");
    refused("put", R"({"path":"a","size":5.0})", "size");
    refused("put", R"({"path":"a","size":1e3})", "size");
    refused("put", R"({"path":"a","size":-0})", "size");
    refused("put", R"({"path":"a","size":-1})", "size");
    refused("put", R"({"path":"a","size":9007199254740992})", "size");
    refused("put", R"({"path":"a","mtime_ns":9223372036854775808})", "mtime_ns");
    refused("get", R"({"path":"a","timeout_ms":0})", "timeout_ms");
    refused("get", R"({"path":"a","timeout_ms":86400001})", "timeout_ms");
    refused("exec", R"({"argv":["true"],"pty":{"rows":24,"cols":0,"term":"xterm"}})", "pty");
    refused("rpc.ping", std::string("{\"").append(1000, 'n').append("\":1}"), std::string(256, 'n'));
    BOOST_TEST(c.is_served());
}

/// What an error repeats of the request is cut, between two characters.
BOOST_AUTO_TEST_CASE(errors_stay_small) {
    std::string name;
    while (name.size() < 30'000) name += "\xc3\xa4";
    c.send(frame(request("1", "rpc.ping", std::string("{").append(json_text(name)).append(":1}"))));
    const auto answer = c.receive();
    BOOST_TEST(answer.envelope.size() < 1200U);
    BOOST_TEST(answer.json().at("error").at("data").at("field").as_string().size() == 256U);
}

BOOST_AUTO_TEST_CASE(notifications_have_no_answer) {
    c.note("rpc.ping");
    c.note("exec", R"({"argv":["touch","executed"]})");
    c.note("put", R"({"path":"a"})");
    c.note("rpc.authenticate");
    c.note("nothing.known", R"({"a":1})");
    c.send(frame(R"({"jsonrpc":"2.0","method":"x","params":null,"more":[]})"));
    BOOST_TEST(c.is_served());
    BOOST_TEST(server.files() == "");
}

BOOST_AUTO_TEST_CASE(unknown_members_of_the_envelope) {
    expect(R"({"more":{"a":[1]},"jsonrpc":"2.0","id":1,"method":"rpc.ping"})", "result 1");
}

BOOST_AUTO_TEST_CASE(methods_that_are_not_there) {
    expect(request("1", "nothing"), "error(method_not_found 1)");
    expect(request("1", "rpc.nothing"), "error(method_not_found 1)");
    expect(request("1", "rpc.data"), "error(method_not_found 1)");
    expect(request("1", ""), "error(method_not_found 1)");
    BOOST_TEST(c.is_served());
}

/// The error names the call that has the id; that one goes on.
BOOST_AUTO_TEST_CASE(an_id_that_is_in_flight) {
    const auto id = c.call("exec", R"({"argv":["cat"],"stdin":true})");
    expect(request("1", "rpc.ping"), "error(invalid_request null call=1)");
    expect(R"({"jsonrpc":"1.0","id":1,"method":"rpc.ping"})", "error(invalid_request null call=1)");
    expect(request("1", "rpc.authenticate"), "error(invalid_request null call=1)");
    expect(request(R"("1")", "rpc.ping"), R"(result "1")"); // another id
    c.write(id, "stdin", "still here", true);
    BOOST_TEST(c.wait(id).text("stdout") == "still here");
    expect(request("1", "rpc.ping"), "result 1"); // free again
}

BOOST_AUTO_TEST_CASE(ping) {
    BOOST_TEST(boost::json::serialize(c.ask("rpc.ping", R"({"payload":"a\"\u00e4"})").answer->at("result")) ==
               "\"a\\\"\xc3\xa4\"");
    BOOST_TEST(c.ask("rpc.ping").error() == "");
    BOOST_TEST(c.ask("rpc.ping", R"({"timeout_ms":1})").error() == "");
    expect(R"({"jsonrpc":"2.0","id":7,"method":"rpc.ping"})", "result 7");
}

BOOST_AUTO_TEST_CASE(discover) {
    const auto document = c.ask("rpc.discover").result();
    BOOST_TEST(document.at("openrpc").as_string().starts_with("1."));
    std::string names;
    for (const auto& m : document.at("methods").as_array()) {
        names += std::string(m.at("name").as_string()) + " ";
        BOOST_TEST(m.at("params").is_array());
        BOOST_TEST(m.at("result").is_object());
    }
    // The id of a call is a number or a text.
    BOOST_TEST(boost::json::serialize(document).find(
                   R"({"name":"call","required":true,"schema":{"type":["integer","string"]}})") != std::string::npos);
    BOOST_TEST(
        names ==
        "audit.follow exec exec.check exec.resize exec.signal file.copy file.digest file.link file.list file.mkdir "
        "file.remove "
        "file.rename "
        "file.set file.space file.stat file.symlink file.watch forward.accept forward.connect forward.listen get "
        "job.attach job.cancel job.list job.remove "
        "job.resize job.signal job.start job.status job.wait put rpc.discover rpc.info rpc.ping tree.copy tree.get "
        "tree.put ");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

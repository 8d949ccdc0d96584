#include "tug/proto/envelope.hpp"

#include "tug/proto/limits.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
namespace json = boost::json;

std::string written(const call_id& id) {
    std::string out;
    id.append_to(out);
    return out;
}

/// What classify() makes of an envelope, e.g. "request 7 get", "response null error" or "bad 7".
std::string kind_of(std::string_view text) {
    const auto v = json::parse(json::string_view(text.data(), text.size()));
    const auto r = classify(v);
    if (!r) {
        const auto& bad = r.error();
        if (bad.why.code != errc::invalid_request || bad.why.message.empty()) return "not an invalid_request";
        return "bad " + (bad.id ? written(*bad.id) : "null");
    }
    const auto id = r->id_is_null ? "null" : written(r->id);
    switch (r->kind) {
    case message::type::request: return "request " + id + " " + std::string(r->method);
    case message::type::notification: return "notification " + std::string(r->method);
    case message::type::response: break;
    }
    return "response " + id + (r->error ? " error" : " result");
}

BOOST_AUTO_TEST_SUITE(envelope_test)

BOOST_AUTO_TEST_CASE(messages_are_told_apart) {
    struct {
        std::string_view text, kind;
    } const cases[] = {
        {R"({"jsonrpc":"2.0","id":7,"method":"get"})", "request 7 get"},
        {R"({"jsonrpc":"2.0","id":"7","method":"get","params":[]})", R"(request "7" get)"},
        {R"({"jsonrpc":"2.0","method":"get"})", "notification get"},
        {R"({"jsonrpc":"2.0","method":""})", "notification "},
        {R"({"jsonrpc":"2.0","id":7,"result":null})", "response 7 result"},
        {R"({"jsonrpc":"2.0","id":7,"error":{}})", "response 7 error"},
        {R"({"jsonrpc":"2.0","id":null,"error":{}})", "response null error"},
        {R"({"jsonrpc":"2.0","id":null,"result":{}})", "response null result"},
        {R"({"jsonrpc":"2.0","id":7,"method":"get","extra":1,"result":2})", "request 7 get"},
        // no message at all
        {"[]", "bad null"},
        {R"([{"jsonrpc":"2.0","id":7,"method":"get"}])", "bad null"},
        {"null", "bad null"},
        {"7", "bad null"},
        {R"("text")", "bad null"},
        {"{}", "bad null"},
        // a version that is not 2.0
        {R"({"id":7,"method":"get"})", "bad 7"},
        {R"({"jsonrpc":"1.0","id":7,"method":"get"})", "bad 7"},
        {R"({"jsonrpc":2.0,"id":7,"method":"get"})", "bad 7"},
        {R"({"jsonrpc":"2.0 ","id":"x","method":"get"})", R"(bad "x")"},
        {R"({"jsonrpc":"2.0\u0000","id":7,"method":"get"})", "bad 7"},
        {R"({"jsonrpc":"1.0","id":7,"result":1})", "bad null"},
        {R"({"jsonrpc":"1.0","method":"get"})", "bad null"},
        // a method that is none
        {R"({"jsonrpc":"2.0","id":7})", "bad 7"},
        {R"({"jsonrpc":"2.0","id":7,"method":5})", "bad 7"},
        {R"({"jsonrpc":"2.0","id":7,"method":null})", "bad 7"},
        {R"({"jsonrpc":"2.0","id":7,"method":"a\u0000b"})", "bad 7"},
        {R"({"jsonrpc":"2.0","method":5})", "bad null"},
        // responses that are none
        {R"({"jsonrpc":"2.0","id":7,"result":1,"error":{}})", "bad null"},
        {R"({"jsonrpc":"2.0","result":1})", "bad null"},
        {R"({"jsonrpc":"2.0","id":1.5,"error":{}})", "bad null"},
        {R"({"jsonrpc":"2.0","id":"","error":{}})", "bad null"},
    };

    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.text) {
            BOOST_TEST(kind_of(c.text) == c.kind);
        }
}

BOOST_AUTO_TEST_CASE(members_are_found) {
    const auto v = json::parse(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}})");
    const auto m = classify(v).value();
    BOOST_TEST_REQUIRE(m.params != nullptr);
    BOOST_TEST(json::serialize(*m.params) == R"({"a":1})");
    BOOST_TEST(!m.result);
    const auto bare = json::parse(R"({"jsonrpc":"2.0","id":1,"method":"m"})");
    BOOST_TEST(classify(bare).value().params == nullptr);
    const auto answer = json::parse(R"({"jsonrpc":"2.0","id":1,"result":[2]})");
    BOOST_TEST(json::serialize(*classify(answer).value().result) == "[2]");
}

BOOST_AUTO_TEST_CASE(a_bad_message_throws_its_failure) {
    const auto v = json::parse("[]");
    BOOST_CHECK_EXCEPTION(static_cast<void>(classify(v).value()), boost::system::system_error,
                          [](const auto& e) { return e.code() == errc::invalid_request; });
}

/// The ids that are valid, as JSON; each is echoed as it was.
BOOST_AUTO_TEST_CASE(ids_that_are_valid) {
    const std::vector<std::string> valid{
        "0",
        "7",
        "9007199254740991",
        R"("a")",
        R"("7")",
        R"(" ")",
        R"("\n\"\\")",
        "\"\xc3\xa4\"",
        '"' + std::string(64, 'x') + '"',
    };
    for (const auto& text : valid) {
        BOOST_TEST_CONTEXT(text) {
            const auto v = json::parse(text);
            const auto id = call_id::from(v);
            BOOST_TEST_REQUIRE(id.has_value());
            BOOST_TEST((id->to_json() == v));
            BOOST_TEST(written(*id) == text);
            BOOST_TEST((id->to_json().is_string() == v.is_string()));
        }
    }
    BOOST_TEST((call_id(7) != call_id("7")));
    BOOST_TEST((call_id(7) == *call_id::from(json::value(7))));
}

BOOST_AUTO_TEST_CASE(ids_that_are_refused) {
    const std::vector<std::string> refused{
        "null",
        "true",
        "-1",
        "-0.0",
        "5.0",
        "1e3",
        "9007199254740992",
        "18446744073709551615",
        "18446744073709551616",
        "1e400",
        R"("")",
        R"("a\u0000b")",
        R"("\u0000")",
        '"' + std::string(65, 'x') + '"',
        '"' + std::string(63, 'x') + "\xc3\xa4\"", // 64 characters, 65 bytes
        "[]",
        "{}",
    };
    for (const auto& text : refused) BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!call_id::from(json::parse(text)).has_value());
            BOOST_TEST(kind_of(R"({"jsonrpc":"2.0","id":)" + text + R"(,"method":"m"})") == "bad null");
        }
}

BOOST_AUTO_TEST_CASE(envelopes_that_are_sent) {
    const call_id id(7);
    const call_id name("a\"b");
    const json::object params{{"a", 1}};
    const auto text = [](auto write) {
        std::string out = "before ";
        write(out);
        return out.substr(7);
    };

    struct {
        std::string is, expected;
    } const cases[] = {
        {text([&](auto& o) { append_request(o, id, "get", params); }),
         R"({"jsonrpc":"2.0","id":7,"method":"get","params":{"a":1}})"},
        {text([&](auto& o) { append_request(o, name, "g\"", {}); }),
         R"({"jsonrpc":"2.0","id":"a\"b","method":"g\"","params":{}})"},
        {text([&](auto& o) { append_notification(o, "rpc.bye", {}); }),
         R"({"jsonrpc":"2.0","method":"rpc.bye","params":{}})"},
        {text([&](auto& o) { append_result(o, name, json::value("x")); }),
         R"({"jsonrpc":"2.0","id":"a\"b","result":"x"})"},
        {text([&](auto& o) { append_data(o, id, "stdout"); }),
         R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"stdout"}})"},
        {text([&](auto& o) { append_eof(o, name, "data"); }),
         R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":"a\"b","stream":"data","eof":true}})"},
        {text([&](auto& o) { append_eof(o, id, "data", "sha256:00"); }),
         R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"data","eof":true,"digest":"sha256:00"}})"},
        {text([&](auto& o) { append_credit(o, id, "stdout", max_integer); }),
         R"({"jsonrpc":"2.0","method":"rpc.credit","params":{"call":7,"stream":"stdout","bytes":9007199254740991}})"},
        {text([&](auto& o) { append_eof(o, id, "data", {}, 9); }),
         R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"data","eof":true,"offset":9}})"},
        {text([&](auto& o) { append_data(o, id, "data", 9, 262'144); }),
         R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"data","offset":9,"zstd":262144}})"},
        {text([&](auto& o) { append_credit(o, id, "data", 0, 9); }),
         R"({"jsonrpc":"2.0","method":"rpc.credit","params":{"call":7,"stream":"data","bytes":0,"offset":9}})"},
        {text([&](auto& o) { append_stop(o, id, "stdin"); }),
         R"({"jsonrpc":"2.0","method":"rpc.stop","params":{"call":7,"stream":"stdin"}})"},
        {text([&](auto& o) { append_cancel(o, name); }),
         R"({"jsonrpc":"2.0","method":"rpc.cancel","params":{"call":"a\"b"}})"},
    };

    for (const auto& c : cases) BOOST_TEST(c.is == c.expected);
}

/// A number that no double holds is echoed as such a number: Boost.JSON writes a word for it that is no JSON.
BOOST_AUTO_TEST_CASE(numbers_beyond_double_stay_json) {
    for (const auto* text : {"1e400", "-1e400", R"([1e400,{"Infinity":-1e400},"Infinity","\\\"",1e400])"})
        BOOST_TEST_CONTEXT(text) {
            const auto value = json::parse(text);
            std::string out;
            append_result(out, call_id(1), value);
            append_request(out, call_id("Infinity"), "m", {{"payload", value}});
            const auto middle = out.find("}{") + 1;
            const auto result = json::parse(out.substr(0, middle));
            BOOST_TEST((result.at("result") == value));
            BOOST_TEST((json::parse(out.substr(middle)).at("params").at("payload") == value));
        }
}

/// Texts and ids longer than the pieces in which JSON is written.
BOOST_AUTO_TEST_CASE(long_values_are_written_whole) {
    for (const std::size_t n : {255, 256, 257, 1'023, 1'024, 1'025, 50'000}) {
        const json::object params{{"text", std::string(n, '\n')}};
        std::string out;
        append_request(out, call_id(std::string(64, '\x01')), std::string(n, '"'), params);
        const auto back = json::parse(out);
        BOOST_TEST((back.at("params") == params));
        BOOST_TEST((back.at("method").as_string() == std::string(n, '"')));
        BOOST_TEST((back.at("id").as_string() == std::string(64, '\x01')));
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

// The errors of envelope.hpp: how they are written, cut and read back.

#include "tug/proto/envelope.hpp"
#include "tug/proto/limits.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace tug::proto;
namespace json = boost::json;

json::value written(const std::optional<call_id>& id, const failure& why,
                    const std::optional<call_id>& about = std::nullopt) {
    std::string out;
    append_error(out, id, why, about);
    return json::parse(out);
}

BOOST_AUTO_TEST_SUITE(envelope_errors_test)

BOOST_AUTO_TEST_CASE(an_error_says_no_more_than_it_has) {
    BOOST_TEST(json::serialize(written(call_id(7), {errc::not_found, "no"})) ==
               R"({"jsonrpc":"2.0","id":7,"error":{"code":-32003,"message":"no",)"
               R"("data":{"name":"not_found","retryable":false}}})");
    const auto e = written(std::nullopt, {errc::invalid_request, "no"}, call_id("c"));
    BOOST_TEST(e.at("id").is_null());
    BOOST_TEST(e.at("error").at("data").at("call").as_string() == "c");
}

BOOST_AUTO_TEST_CASE(without_a_text_the_remedy_is_the_message) {
    const auto e = written(call_id(7), errc::busy);
    BOOST_TEST(std::string_view(e.at("error").at("message").as_string()) == remedy(errc::busy));
}

/// A path or an argument that an error repeats need not be UTF-8; the envelope is.
BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_are_shown_in_hex) {
    failure f(errc::not_found, "no \"a\xff\"");
    f.field = "b\xfe";
    const auto e = written(call_id(7), f);
    BOOST_TEST(e.at("error").at("message").as_string() == R"(no "a\xff")");
    BOOST_TEST(e.at("error").at("data").at("field").as_string() == R"(b\xfe)");
}

BOOST_AUTO_TEST_CASE(long_texts_are_cut_between_characters) {
    std::string text;
    while (text.size() < 2'000) text += "\xe2\x82\xac"; // three bytes each: neither limit is a multiple
    failure f(errc::invalid_params, text);
    f.field = text;
    const auto e = written(std::nullopt, f);
    BOOST_TEST(e.at("error").at("message").as_string().size() == 510U);
    BOOST_TEST(e.at("error").at("data").at("field").as_string().size() == 255U);
    const auto exact = written(std::nullopt, {errc::invalid_params, std::string(512, 'x')});
    BOOST_TEST(exact.at("error").at("message").as_string().size() == 512U);
}

/// The longest that an error can be fits into what a client takes before login.
BOOST_AUTO_TEST_CASE(the_largest_error_is_small) {
    failure f(errc::invalid_request, std::string(5'000, '\x01'));
    f.field = std::string(5'000, '\x01');
    std::string out;
    append_error(out, call_id(std::string(64, '\x01')), f, call_id(std::string(64, '\x01')));
    BOOST_TEST(out.size() < 8'192U);
}

BOOST_AUTO_TEST_CASE(cutting) {
    BOOST_TEST(cut("", 0) == "");
    BOOST_TEST(cut("abc", 3) == "abc");
    BOOST_TEST(cut("abc", 2) == "ab");
    BOOST_TEST(cut("a\xf0\x9f\x98\x80", 4) == "a");
    BOOST_TEST(cut("a\xf0\x9f\x98\x80", 5) == "a\xf0\x9f\x98\x80");
    BOOST_TEST(cut("\xf0\x9f\x98\x80z", 3) == "");
    BOOST_TEST(cut("\x80\x80\x80", 2) == ""); // no UTF-8 at all: ends all the same
}

/// From a server that may be any program.
BOOST_AUTO_TEST_CASE(errors_of_strange_servers) {
    struct {
        std::string_view text, name;
    } const cases[] = {
        {"null", "protocol_violation"},
        {R"("no")", "protocol_violation"},
        {"[]", "protocol_violation"},
        {"{}", "unknown_error"},
        {R"({"code":-32003,"message":"x"})", "unknown_error"},
        {R"({"data":[]})", "unknown_error"},
        {R"({"data":{}})", "unknown_error"},
        {R"({"data":{"name":5}})", "unknown_error"},
        {R"({"data":{"name":"not_found"}})", "not_found"},
        {R"({"code":"x","message":5,"data":{"name":"busy","retryable":7,"stored":"y","field":[]}})", "busy"},
        {R"({"data":{"name":"from_the_future"}})", "unknown_error"},
        // A server has no say about what the client alone finds out.
        {R"({"data":{"name":"success"}})", "unknown_error"},
        {R"({"data":{"name":"server_auth_failed"}})", "unknown_error"},
        {R"({"data":{"name":"client_closed"}})", "unknown_error"},
    };

    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.text) {
            const auto f = decode_error(json::parse(json::string_view(c.text.data(), c.text.size())));
            BOOST_TEST(name_of(f.code) == c.name);
            BOOST_TEST(!f.stored);
            BOOST_TEST(f.field.empty());
        }
}

BOOST_AUTO_TEST_CASE(an_unknown_name_is_kept_in_the_message) {
    const auto f = decode_error(json::parse(R"({"message":"m","data":{"name":"from_the_future"}})"));
    BOOST_TEST(f.message == "from_the_future: m");
}

BOOST_AUTO_TEST_CASE(texts_of_a_server_are_cut_too) {
    const json::value error{{"message", std::string(60'000, 'x')},
                            {"data", {{"name", "io_error"}, {"errno", std::string(60'000, 'e')}}}};
    const auto f = decode_error(error);
    BOOST_TEST(f.message.size() == max_message_text);
    BOOST_TEST(f.os_error.size() == max_message_text);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

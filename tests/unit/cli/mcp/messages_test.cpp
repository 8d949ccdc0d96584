// Messages and arguments of the Model Context Protocol.

#include "cli/mcp/arguments.hpp"
#include "cli/mcp/message.hpp"

#include <tug/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <span>
#include <string>
#include <string_view>

using namespace tug::cli::mcp;
namespace json = boost::json;

namespace {

message read(std::string_view text) {
    return message::from(json::parse(json::string_view(text)));
}

constexpr std::array<std::string_view, 2> letters{"y", "z"};
constexpr std::array parameters{
    parameter::text("t"),       parameter::whole("n", 0, 5),     parameter::whole("d", 5, 9),
    parameter::flag("b"),       parameter::texts("l"),           parameter::text_map("m"),
    parameter::text("nothing"), parameter::choice("c", letters), parameter::bytes("content"),
};

arguments given(std::string_view text, std::span<const parameter> of = parameters) {
    return {json::parse(json::string_view(text)).as_object(), of};
}

/// The argument that is told to be wrong.
template <class F>
std::string wrong_in(F&& ask) {
    try {
        ask();
    } catch (const tug::error& e) {
        BOOST_TEST((e.code() == tug::errc::invalid_params));
        return e.failure().field;
    }
    return "none";
}

} // namespace

BOOST_AUTO_TEST_SUITE(mcp_messages)

BOOST_AUTO_TEST_CASE(kinds) {
    using enum message::kind;
    const auto r = read(R"({"jsonrpc":"2.0","id":"a","method":"m","params":{"x":1}})");
    BOOST_TEST((r.what == request && r.id == "a" && r.method == "m" && r.params.size() == 1));
    BOOST_TEST((read(R"({"jsonrpc":"2.0","id":0,"method":"m"})").what == request));
    BOOST_TEST((read(R"({"jsonrpc":"2.0","method":"m"})").what == notification));
    BOOST_TEST((read(R"({"jsonrpc":"2.0","id":1,"result":{}})").what == response));
    for (const auto* const wrong :
         {"1", "[]", "{}", R"({"jsonrpc":"2.0"})", R"({"jsonrpc":2.0,"method":"m"})", R"({"jsonrpc":"2.0","id":1})",
          R"({"jsonrpc":"2.0","id":null,"method":"m"})", R"({"jsonrpc":"2.0","id":1.5,"method":"m"})"})
        BOOST_TEST((read(wrong).what == invalid && read(wrong).id.is_null()), wrong);
    for (const auto* const wrong :
         {R"({"jsonrpc":"2.0","id":7,"method":1})", R"({"jsonrpc":"2.0","id":7,"method":"m","params":[]})"})
        BOOST_TEST((read(wrong).what == invalid && read(wrong).id == 7), wrong);
}

BOOST_AUTO_TEST_CASE(arguments_that_are_right) {
    const auto a = given(R"({"t":"x","n":5,"d":5.0,"b":true,"l":["a","b"],"m":{"k":"v"},"nothing":null})");
    BOOST_TEST(a.needed_text("t") == "x");
    BOOST_TEST((a.number("n") == 5 && a.number("d") == 5 && !a.text("nothing")));
    BOOST_TEST((a.flag("b", false) && given("{}").flag("b", true)));
    BOOST_TEST((a.texts("l")->size() == 2 && a.text_map("m").at("k") == "v"));
    BOOST_TEST((a.choice("c") == "y" && given(R"({"c":"z"})").choice("c") == "z"));
}

BOOST_AUTO_TEST_CASE(arguments_that_are_wrong) {
    for (const auto* const wrong :
         {R"({"t":1})", R"({"n":6})", R"({"n":-1})", R"({"n":1.5})", R"({"n":"1"})", R"({"b":"true"})", R"({"c":"x"})",
          R"({"c":1})", R"({"l":["a",1]})", R"({"l":"a"})", R"({"m":{"k":1}})", R"({"m":[]})", R"({"other":1})"}) {
        const auto name = std::string(wrong).substr(2, std::string(wrong).find('"', 2) - 2);
        BOOST_TEST(wrong_in([&] { (void)given(wrong); }) == name, wrong);
    }
    constexpr std::array needs{parameter::text("t").needed()};
    BOOST_TEST(wrong_in([&] { (void)given("{}", needs); }) == "t");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"t":null})", needs); }) == "t");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"t":""})", needs); }) == "none");
}

BOOST_AUTO_TEST_CASE(bytes_as_text_or_base64) {
    BOOST_TEST(given(R"({"content":"a"})").bytes("content").value() == "a");
    BOOST_TEST(given(R"({"content_base64":"AP8="})").bytes("content").value() == std::string("\0\xff", 2));
    BOOST_TEST(!given("{}").bytes("content"));
    BOOST_TEST(wrong_in([&] { (void)given(R"({"content":"a","content_base64":""})").bytes("content"); }) ==
               "content_base64");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"content_base64":"?"})").bytes("content"); }) == "content_base64");
}

BOOST_AUTO_TEST_CASE(the_schema_says_what_is_checked) {
    const auto schema = schema_of(parameters);
    const auto& of = schema.at("properties").as_object();
    BOOST_TEST((of.size() == parameters.size() + 1 && of.contains("content_base64")));
    BOOST_TEST(json::serialize(of.at("d")) == R"({"type":"integer","minimum":5,"maximum":9})");
    BOOST_TEST(json::serialize(of.at("c")) == R"({"type":"string","enum":["y","z"]})");
    BOOST_TEST((!schema.at("additionalProperties").as_bool() && !schema.contains("required")));
    constexpr std::array needs{parameter::text("t", "why").needed()};
    BOOST_TEST(
        json::serialize(schema_of(needs)) ==
        R"({"type":"object","properties":{"t":{"type":"string","description":"why"}},"additionalProperties":false,"required":["t"]})");
}

BOOST_AUTO_TEST_SUITE_END()

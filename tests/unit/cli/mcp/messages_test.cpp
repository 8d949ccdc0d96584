// Messages and arguments of the Model Context Protocol.

#include "cli/mcp/arguments.hpp"
#include "cli/mcp/message.hpp"

#include <tug/error.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::cli::mcp;
namespace json = boost::json;

namespace {

message read(std::string_view text) {
    return message::from(json::parse(json::string_view(text)));
}

arguments given(std::string_view text) {
    return arguments(json::parse(json::string_view(text)).as_object());
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

BOOST_AUTO_TEST_CASE(arguments_are_checked) {
    auto a = given(R"({"t":"x","n":5,"d":5.0,"b":true,"l":["a","b"],"m":{"k":"v"},"nothing":null})");
    BOOST_TEST(a.needed_text("t") == "x");
    BOOST_TEST((a.number("n", 0, 5) == 5 && a.number("d", 5, 9) == 5 && !a.number("nothing", 0, 1)));
    BOOST_TEST((a.flag("b", false) && a.flag("none", true)));
    BOOST_TEST((a.texts("l")->size() == 2 && a.text_map("m").at("k") == "v"));
    BOOST_TEST(wrong_in([&] { a.refuse_others(); }) == "none");
    BOOST_TEST(wrong_in([&] { (void)a.needed_text("missing"); }) == "missing");
    BOOST_TEST(wrong_in([&] { (void)a.needed_text("n"); }) == "n");
    BOOST_TEST(wrong_in([&] { (void)a.number("n", 6, 9); }) == "n");
    BOOST_TEST(wrong_in([&] { (void)a.number("t", 0, 9); }) == "t");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"n":-1})").number("n", 0, 9); }) == "n");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"n":1.5})").number("n", 0, 9); }) == "n");
    BOOST_TEST(wrong_in([&] { (void)a.flag("t", true); }) == "t");
    BOOST_TEST(wrong_in([&] { (void)a.choice("t", {"y", "z"}); }) == "t");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"l":["a",1]})").texts("l"); }) == "l");
    BOOST_TEST(wrong_in([&] { given(R"({"other":1})").refuse_others(); }) == "other");
}

BOOST_AUTO_TEST_CASE(bytes_as_text_or_base64) {
    BOOST_TEST(given(R"({"c":"a"})").bytes("c").value() == "a");
    BOOST_TEST(given(R"({"c_base64":"AP8="})").bytes("c").value() == std::string("\0\xff", 2));
    BOOST_TEST(!given("{}").bytes("c"));
    BOOST_TEST(wrong_in([&] { (void)given(R"({"c":"a","c_base64":""})").bytes("c"); }) == "c_base64");
    BOOST_TEST(wrong_in([&] { (void)given(R"({"c_base64":"?"})").bytes("c"); }) == "c_base64");
}

BOOST_AUTO_TEST_SUITE_END()

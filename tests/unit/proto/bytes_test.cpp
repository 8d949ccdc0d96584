#include "tug/proto/bytes.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

namespace {

using namespace tug::proto;
namespace json = boost::json;

constexpr std::string_view malformed[] = {
    "\x80",             // a continuation alone
    "a\xff",            // no first byte
    "\xc3",             // cut
    "\xc0\xaf",         // overlong
    "\xe0\x80\x80",     // overlong
    "\xed\xa0\x80",     // a surrogate
    "\xf4\x90\x80\x80", // over U+10FFFF
    "\xf5\x80\x80\x80", // beyond
    "\xe2\x82",         // cut
    "\xe2\x28\xa1",     // broken in the middle
};

BOOST_AUTO_TEST_SUITE(bytes_test)

BOOST_AUTO_TEST_CASE(well_formed_text_is_utf8) {
    for (const std::string_view text :
         {"", "a", "\x7f", "ä", "€", "\xed\x9f\xbf", "\xee\x80\x80", "😀", "\xf4\x8f\xbf\xbf"})
        BOOST_TEST_CONTEXT(text) BOOST_TEST(is_utf8(text));
    for (const auto text : malformed) BOOST_TEST_CONTEXT(utf8_text(text)) BOOST_TEST(!is_utf8(text));
}

BOOST_AUTO_TEST_CASE(text_is_a_string_and_all_else_an_object) {
    BOOST_TEST(json::serialize(bytes_to_json("ä b")) == R"("ä b")");
    BOOST_TEST(json::serialize(bytes_to_json("a\xff")) == R"({"base64":"Yf8="})");
}

BOOST_AUTO_TEST_CASE(every_byte_comes_back) {
    for (int a = 1; a < 256; ++a) {
        const std::string bytes{'x', static_cast<char>(a), 'y'};
        const auto back = bytes_from_json(json::parse(json::serialize(bytes_to_json(bytes))));
        BOOST_TEST_REQUIRE(back.has_value());
        BOOST_TEST((*back == bytes));
    }
}

BOOST_AUTO_TEST_CASE(both_forms_are_read) {
    BOOST_TEST(bytes_from_json(json::parse(R"("abc")")).value() == "abc");
    BOOST_TEST(bytes_from_json(json::parse(R"({"base64":"YWJj"})")).value() == "abc");
    for (const auto* other : {"5", "null", "[]", "{}", R"({"base64":5})", R"({"base64":"YWJ"})", R"({"base64":"YWK="})",
                              R"({"base64":"YWJj","more":1})", R"({"text":"abc"})"})
        BOOST_TEST_CONTEXT(other) BOOST_TEST(!bytes_from_json(json::parse(other)).has_value());
}

BOOST_AUTO_TEST_CASE(people_read_what_is_no_text_in_hex) {
    BOOST_TEST(utf8_text("ä b") == "ä b");
    BOOST_TEST(utf8_text("a\xff"
                         "b") == R"(a\xffb)");
    BOOST_TEST(utf8_text("\xe2\x82") == R"(\xe2\x82)");
    for (const auto text : malformed) BOOST_TEST(is_utf8(utf8_text(text)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

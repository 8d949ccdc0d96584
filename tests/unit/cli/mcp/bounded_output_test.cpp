#include "cli/mcp/bounded_output.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::cli::mcp;

namespace {

std::string json_of(const bounded_output& out) {
    return boost::json::serialize(out.to_json());
}

} // namespace

BOOST_AUTO_TEST_SUITE(mcp_bounded_output)

BOOST_AUTO_TEST_CASE(all_of_it_where_it_fits) {
    bounded_output out(8);
    BOOST_TEST(json_of(out) == R"({"bytes":0,"text":""})");
    out.add(0, "abcde");
    out.add(5, "fgh");
    BOOST_TEST(!out.is_cut());
    BOOST_TEST(json_of(out) == R"({"bytes":8,"text":"abcdefgh"})");
}

BOOST_AUTO_TEST_CASE(head_and_tail_whatever_the_pieces) {
    const std::string text = "abcdefghijklmnopqrstuvwxyz";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        bounded_output out(6);
        for (std::size_t at = 0; at < text.size(); at += size) out.add(at, text.substr(at, size));
        BOOST_TEST(json_of(out) == R"({"bytes":26,"head":"abc","tail":"xyz","omitted":{"from":3,"to":23}})");
        BOOST_TEST(out.next() == 26);
    }
}

BOOST_AUTO_TEST_CASE(nothing_may_be_shown) {
    bounded_output out(0);
    out.add(0, "abc");
    BOOST_TEST(json_of(out) == R"({"bytes":3,"head":"","tail":"","omitted":{"from":0,"to":3}})");
    bounded_output one(1);
    one.add(0, "abc");
    BOOST_TEST(json_of(one) == R"({"bytes":3,"head":"","tail":"c","omitted":{"from":0,"to":2}})");
}

BOOST_AUTO_TEST_CASE(what_was_dropped_is_told) {
    bounded_output out(100, 10);
    out.add(15, "abc");
    BOOST_TEST(out.read() == 3);
    BOOST_TEST(json_of(out) == R"({"bytes":8,"from":10,"dropped":5,"text":"abc"})");
}

BOOST_AUTO_TEST_CASE(characters_are_not_cut) {
    bounded_output out(7);
    out.add(0, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"); // five of two bytes each
    BOOST_TEST(json_of(out) ==
               "{\"bytes\":10,\"head\":\"\xc3\xa4\",\"tail\":\"\xc3\xa4\xc3\xa4\",\"omitted\":{\"from\":2,\"to\":6}}");
    BOOST_TEST(begun_character("a\xe2\x82") == 2);
    BOOST_TEST(begun_character("a\xe2\x82\xac") == 0);
    BOOST_TEST(begun_character("\xff") == 0);
    BOOST_TEST(begun_character("") == 0);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text) {
    boost::json::object out;
    put_bytes(out, "text", "a\xff\xc3(");
    BOOST_TEST(boost::json::serialize(out) == "{\"text\":\"a\xef\xbf\xbd\xef\xbf\xbd(\",\"text_invalid_bytes\":2}");
    out.clear();
    put_bytes(out, "text", "a\xff", true);
    BOOST_TEST(boost::json::serialize(out) == R"({"text_base64":"Yf8="})");
}

BOOST_AUTO_TEST_SUITE_END()

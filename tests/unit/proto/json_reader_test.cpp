#include "tug/proto/json_reader.hpp"

#include "tug/proto/limits.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace std::string_literals;

std::string verdict(json_reader& reader, std::string_view text) {
    const std::string copy(text);
    const auto r = reader.parse(copy);
    return r ? "ok" : std::string(name_of(r.error().code));
}

std::string nested(std::size_t depth, char open, char close) {
    return std::string(depth, open) + std::string(depth, close);
}

/// Objects, `depth` of them, one inside the other.
std::string nested_objects(std::size_t depth) {
    std::string text;
    for (std::size_t i = 1; i < depth; ++i) text += R"({"a":)";
    return text + "{}" + std::string(depth - 1, '}');
}

BOOST_AUTO_TEST_SUITE(json_reader_test)

BOOST_AUTO_TEST_CASE(what_is_no_json_text) {
    json_reader reader;
    const std::vector<std::string> bad{
        "",
        " ",
        "{",
        "}",
        "{}{}",
        "{} x",
        "{\"a\":1,}",
        "[1,]",
        "{'a':1}",
        "{a:1}",
        "nul",
        "NaN",
        "Infinity",
        "01",
        "+1",
        "1.",
        ".5",
        "1e",
        "-",
        "\"",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "\"\0\""s,
        "{}\0"s,
        "// comment\n{}",
        "/* comment */ {}",
        "\xef\xbb\xbf{}", // a byte order mark
        "\"\\ud800\"",    // lone surrogates, escaped
        "\"\\udc00\"",
        "\"\\ud800\\ud800\"",
        "\"\\ud800x\"",
        "{\"\\udfff\":1}",
        "\"\xed\xa0\x80\"", // a surrogate in UTF-8
        "\"\xff\"",
        "\"\xc0\xaf\"", // overlong
        "\"\xe0\x80\x80\"",
        "\"\xf4\x90\x80\x80\"", // past U+10FFFF
        "\"\xc3\"",             // cut
        "{\"\xff\":1}",
    };
    for (const auto& text : bad) BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(verdict(reader, text) == "parse_error");
        }
}

BOOST_AUTO_TEST_CASE(what_is_json_text) {
    json_reader reader;
    const std::vector<std::string> good{
        "{}",
        " {} ",
        "\t\r\n[ ]\n",
        "null",
        "true",
        "-1",
        "1e400",
        "-0",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "\"\xf0\x9f\x98\x80\"",
        "\"\xf4\x8f\xbf\xbf\"",
        R"({"a":{"a":{"a":1}}})",
        R"([{"a":1},{"a":1}])",
    };
    for (const auto& text : good) BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(verdict(reader, text) == "ok");
        }
}

BOOST_AUTO_TEST_CASE(depth_ends_at_16) {
    json_reader reader;
    BOOST_TEST(max_depth == 16U);
    BOOST_TEST(verdict(reader, nested(16, '[', ']')) == "ok");
    BOOST_TEST(verdict(reader, nested(17, '[', ']')) == "parse_error");
    BOOST_TEST(verdict(reader, nested_objects(16)) == "ok");
    BOOST_TEST(verdict(reader, nested_objects(17)) == "parse_error");
    BOOST_TEST(verdict(reader, nested(65'536, '[', ']')) == "parse_error");
    BOOST_TEST(verdict(reader, std::string(65'536, '[')) == "parse_error");
}

BOOST_AUTO_TEST_CASE(duplicates_are_found_at_any_level) {
    json_reader reader;
    const std::vector<std::string> bad{
        R"({"a":1,"a":1})",
        R"({"a":1,"b":2,"a":3})",
        R"({"a":{"x":1},"a":{"y":2}})",
        R"({"a":{"b":1,"b":2}})",
        R"([0,[{"c":{"d":[],"d":{}}}]])",
        R"({"a":1,"\u0061":2})", // the same name, written in two ways
        R"({"":1,"":2})",
        R"({"a":{"x":1,"y":2},"a":5,"b":{"x":1}})",
    };
    for (const auto& text : bad) BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(verdict(reader, text) == "invalid_request");
        }
    std::string many = "{";
    for (int i = 0; i < 1'000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
    BOOST_TEST(verdict(reader, many + "\"last\":0}") == "ok");
    BOOST_TEST(verdict(reader, many + "\"k500\":0}") == "invalid_request");
}

/// Only what is written as an integer is one: that is how ids, sizes and counts are told apart later.
BOOST_AUTO_TEST_CASE(numbers_keep_how_they_were_written) {
    json_reader reader;

    struct {
        std::string_view text;
        boost::json::kind kind;
    } const cases[] = {
        {"0", boost::json::kind::int64},
        {"-0", boost::json::kind::double_},
        {"-1", boost::json::kind::int64},
        {"5.0", boost::json::kind::double_},
        {"1e3", boost::json::kind::double_},
        {"1E0", boost::json::kind::double_},
        {"-0.0", boost::json::kind::double_},
        {"-0e0", boost::json::kind::double_},
        {"9007199254740991", boost::json::kind::int64},
        {"9223372036854775807", boost::json::kind::int64},
        {"-9223372036854775808", boost::json::kind::int64},
        {"9223372036854775808", boost::json::kind::uint64},
        {"-9223372036854775809", boost::json::kind::double_},
        {"18446744073709551615", boost::json::kind::uint64},
        {"18446744073709551616", boost::json::kind::double_},
        {"1e400", boost::json::kind::double_},
    };

    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.text) {
            // Alone, at the end and in the middle: the parser ends a number in different ways.
            for (const auto& [before, after] : {std::pair("", ""), std::pair("[", "]"), std::pair("[", ",1]")}) {
                const auto r = reader.parse(before + std::string(c.text) + after);
                BOOST_TEST_REQUIRE(r.has_value());
                const auto& v = (*r)->is_array() ? (*r)->get_array()[0] : **r;
                BOOST_TEST((v.kind() == c.kind));
            }
        }
    }
}

/// Zero is zero whatever power of ten it is multiplied by.
BOOST_AUTO_TEST_CASE(a_zero_with_a_large_exponent) {
    json_reader reader;
    for (const std::string text : {"0e400", "0E99999", "0.000e310", "-0e400", "-0.0E400", "0e-400"}) {
        for (const auto& [before, after] : {std::pair("", ""), std::pair("[", "]"), std::pair("[", ",1]")}) {
            const auto r = reader.parse(before + text + after);
            BOOST_TEST_REQUIRE(r.has_value());
            const auto d = ((*r)->is_array() ? (*r)->get_array()[0] : **r).as_double();
            BOOST_TEST_CONTEXT(before << text << after) {
                BOOST_TEST(d == 0.0);
                BOOST_TEST(std::signbit(d) == text.starts_with('-'));
            }
        }
    }
}

/// What one text leaves behind must not show in the next: the parser and its memory are used again.
BOOST_AUTO_TEST_CASE(a_reader_forgets_the_text_before) {
    json_reader reader;
    const std::string large = R"({"text":")" + std::string(60'000, 'x') + R"("})";
    const std::vector<std::pair<std::string, std::string>> turns{
        {R"({"a":1})", "ok"},
        {R"({"a":[1,2,{"b")", "parse_error"},
        {large, "ok"},
        {R"({"a":1,"a":2})", "invalid_request"},
        {"\"half", "parse_error"},
        {"12", "ok"},
        {large + "x", "parse_error"},
    };
    for (int round = 0; round < 3; ++round)
        for (const auto& [text, expected] : turns) BOOST_TEST(verdict(reader, text) == expected);
    const auto r = reader.parse(R"({"k":["v",1,true]})");
    BOOST_TEST_REQUIRE(r.has_value());
    BOOST_TEST(boost::json::serialize(**r) == R"({"k":["v",1,true]})");
}

BOOST_AUTO_TEST_CASE(long_names_and_texts_come_whole) {
    json_reader reader;
    const std::string name(5'000, 'n');
    const std::string text(50'000, 't');
    const auto r = reader.parse("{\"" + name + "\\n\":\"" + text + "\\t\"}");
    BOOST_TEST_REQUIRE(r.has_value());
    const auto& o = (*r)->get_object();
    BOOST_TEST((o.begin()->key() == name + "\n"));
    BOOST_TEST((o.begin()->value().as_string() == text + "\t"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "tug/proto/member_reader.hpp"

#include "tug/proto/json_reader.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;

/// Reads `text`, as it comes from the wire, by `read`; gives the field that was found wrong, or "".
std::string wrong_field(std::string_view text, const std::function<void(member_reader&)>& read) {
    json_reader reader;
    const auto v = reader.parse(text);
    member_reader in((*v)->get_object());
    read(in);
    const auto wrong = in.finish();
    BOOST_TEST((wrong.has_value() == (wrong && wrong->code == errc::invalid_params && !wrong->message.empty())));
    return wrong ? wrong->field : "";
}

BOOST_AUTO_TEST_SUITE(member_reader_test)

BOOST_AUTO_TEST_CASE(counts_are_integers_written_as_such) {
    struct {
        std::string_view value;
        bool good;
    } const cases[] = {
        {"0", true},
        {"5", true},
        {"9007199254740991", true},
        {"-0", false},
        {"-1", false},
        {"5.0", false},
        {"1e3", false},
        {"1E0", false},
        {"9007199254740992", false},
        {"9223372036854775808", false},
        {"18446744073709551616", false},
        {"1e400", false},
        {"\"5\"", false},
        {"true", false},
        {"null", false},
        {"[]", false},
    };

    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.value) {
            const auto text = R"({"n":)" + std::string(c.value) + "}";
            BOOST_TEST(wrong_field(text, [](auto& in) { in.count("n"); }) == (c.good ? "" : "n"));
        }
}

BOOST_AUTO_TEST_CASE(counts_have_a_range) {
    for (const int n : {0, 1, 5, 6}) {
        const auto text = R"({"n":)" + std::to_string(n) + "}";
        BOOST_TEST((wrong_field(text, [](auto& in) { in.count("n", 1, 5); }) == "n") == (n < 1 || n > 5));
    }
}

BOOST_AUTO_TEST_CASE(signed_integers_have_64_bits) {
    struct {
        std::string_view value;
        bool good;
    } const cases[] = {
        {"-1", true},
        {"-9223372036854775808", true},
        {"9223372036854775807", true},
        {"9223372036854775808", false},
        {"-9223372036854775809", false},
        {"-0", false},
        {"1.0", false},
        {"1e3", false},
        {"null", false},
    };

    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.value) {
            const auto text = R"({"n":)" + std::string(c.value) + "}";
            BOOST_TEST(wrong_field(text, [](auto& in) { in.signed_integer("n"); }) == (c.good ? "" : "n"));
        }
}

BOOST_AUTO_TEST_CASE(types_are_checked) {
    const auto text = [](auto& in) { in.text("x"); };
    const auto flag = [](auto& in) { in.flag("x"); };
    const auto object = [](auto& in) { in.object("x"); };
    const auto texts = [](auto& in) { in.byte_strings("x", 2); };
    const auto bytes = [](auto& in) { in.bytes("x"); };

    struct {
        std::string_view json;
        std::function<void(member_reader&)> read;
        bool good;
    } const cases[] = {
        {R"({"x":""})", text, true},
        {R"({"x":5})", text, false},
        {R"({"x":null})", text, false},
        {R"({"x":"a\u0000"})", text, false},
        {R"({"x":""})", bytes, true},
        {R"({"x":{"base64":"/w=="}})", bytes, true},
        {R"({"x":{"base64":"/w="}})", bytes, false},
        {R"({"x":{"base64":"AA=="}})", bytes, false},
        {R"({"x":"a\u0000"})", bytes, false},
        {R"({"x":{}})", bytes, false},
        {R"({"x":null})", bytes, false},
        {R"({"x":["a",{"base64":"/w=="}]})", texts, true},
        {R"({"x":["a",{"base64":"AA=="}]})", texts, false},
        {R"({"x":true})", flag, true},
        {R"({"x":0})", flag, false},
        {R"({"x":"true"})", flag, false},
        {R"({"x":null})", flag, false},
        {R"({"x":{}})", object, true},
        {R"({"x":[]})", object, false},
        {R"({"x":["a","b"]})", texts, true},
        {R"({"x":[]})", texts, false},
        {R"({"x":["a","b","c"]})", texts, false},
        {R"({"x":["a",5]})", texts, false},
        {R"({"x":["a","\u0000"]})", texts, false},
        {R"({"x":"a"})", texts, false},
        {R"({})", text, true},
        {R"({})", flag, true},
        {R"({})", object, true},
        {R"({})", bytes, true},
        {R"({})", texts, true},
    };

    for (const auto& c : cases) BOOST_TEST_CONTEXT(c.json) {
            BOOST_TEST(wrong_field(c.json, c.read) == (c.good ? "" : "x"));
        }
}

BOOST_AUTO_TEST_CASE(values_are_handed_over) {
    json_reader reader;
    const auto v = reader.parse(R"({"t":"x","f":true,"n":7,"s":-7,"a":["p","q"],"o":{"k":1}})");
    member_reader in((*v)->get_object());
    BOOST_TEST(in.text("t").value() == "x");
    BOOST_TEST(in.flag("f").value());
    BOOST_TEST(in.count("n").value() == 7U);
    BOOST_TEST(in.signed_integer("s").value() == -7);
    BOOST_TEST(in.byte_strings("a", 9).value().at(1) == "q");
    BOOST_TEST(in.object("o")->contains("k"));
    BOOST_TEST(!in.text("none").has_value());
    BOOST_TEST(!in.finish().has_value());
}

BOOST_AUTO_TEST_CASE(there_is_no_end_to_the_members_of_a_method) {
    std::string text = "{";
    std::vector<std::string> names;
    for (int i = 0; i < 100; ++i) {
        names.push_back("m" + std::to_string(i));
        text += (i > 0 ? ",\"" : "\"") + names.back() + "\":1";
    }
    const auto read = [&](auto& in) {
        for (const auto& name : names) in.count(name);
    };
    BOOST_TEST(wrong_field(text + "}", read) == "");
    BOOST_TEST(wrong_field(text + R"(,"more":1})", read) == "more");
}

BOOST_AUTO_TEST_CASE(members_that_nobody_knows_are_named) {
    const auto read = [](auto& in) { in.text("a"); };
    BOOST_TEST(wrong_field(R"({"a":"x"})", read) == "");
    BOOST_TEST(wrong_field(R"({"a":"x","b":1})", read) == "b");
    BOOST_TEST(wrong_field(R"({"A":"x"})", read) == "A");
    BOOST_TEST(wrong_field(R"({"":"x"})", read) == "");
    BOOST_TEST(wrong_field(R"({"a\u0000":"x"})", read) == std::string("a\0", 2));
}

BOOST_AUTO_TEST_CASE(results_may_say_more) {
    json_reader reader;
    const auto v = reader.parse(R"({"a":1,"later":2})");
    member_reader in((*v)->get_object());
    in.count("a");
    BOOST_TEST(!in.finish_lenient().has_value());
    in.fail("a", "is odd");
    BOOST_TEST(in.finish_lenient()->field == "a");
}

BOOST_AUTO_TEST_CASE(required_members) {
    const auto read = [](auto& in) { in.required("a", in.text("a")); };
    BOOST_TEST(wrong_field("{}", read) == "a");
    BOOST_TEST(wrong_field(R"({"a":""})", read) == "");
    BOOST_TEST(wrong_field(R"({"b":""})", read) == "a");
}

BOOST_AUTO_TEST_CASE(the_first_mistake_counts) {
    const auto read = [](auto& in) {
        in.text("a");
        in.count("b");
        in.fail("c", "is odd");
    };
    BOOST_TEST(wrong_field(R"({"a":1,"b":"x","z":1})", read) == "a");
    BOOST_TEST(wrong_field(R"({"a":"","b":"x","z":1})", read) == "b");
    BOOST_TEST(wrong_field(R"({"a":"","b":1,"z":1})", read) == "c");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

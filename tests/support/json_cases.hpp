#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tug::test {

/// An envelope and what PROTOCOL.md says that it gets: "accepted", or the name of the error and the id that it carries.
struct json_case {
    std::string envelope;
    std::string_view outcome;
};

inline constexpr std::string_view accepted = "accepted";
inline constexpr std::string_view parse_error = "parse_error null";
inline constexpr std::string_view no_message = "invalid_request null";
inline constexpr std::string_view bad_request = "invalid_request 1";
inline constexpr std::string_view bad_params = "invalid_params 1";

/// A ping whose payload is that text; only a string is one.
inline std::string with_payload(std::string_view text) {
    return R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"payload":)" + std::string(text) + "}}";
}

/// A get of a file that is not there, from that offset: an integer.
inline std::string with_offset(std::string_view text) {
    return R"({"jsonrpc":"2.0","id":1,"method":"get","params":{"path":"not/there","offset":)" + std::string(text) +
           "}}";
}

inline std::string with_id(std::string_view text) {
    return R"({"jsonrpc":"2.0","method":"rpc.ping","id":)" + std::string(text) + "}";
}

/// A ping with an unknown member: it is read and ignored.
inline std::string with_extra(std::string_view text) {
    return R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","x":)" + std::string(text) + "}";
}

inline std::string nested(std::size_t depth, std::string_view open, std::string_view close) {
    std::string out;
    for (std::size_t i = 0; i < depth; ++i) out += open;
    for (std::size_t i = 0; i < depth; ++i) out += close;
    return out;
}

namespace detail {

using std::string_literals::operator""s;

inline std::vector<json_case> number_cases() {
    std::vector<json_case> out;
    for (const auto* n : {"0", "1", "9007199254740991"}) out.push_back({with_offset(n), accepted});
    // JSON all of them, but no integers of the wire.
    for (const auto* n : {"-0",
                          "-1",
                          "-0.0",
                          "0.0",
                          "5.0",
                          "0e0",
                          "1e3",
                          "1E3",
                          "1e+3",
                          "1e-3",
                          "0e400",
                          "-0E400",
                          "1E400",
                          "-1E400",
                          "1e-400",
                          "0.1",
                          "9007199254740992",
                          "9007199254740993",
                          "9223372036854775807",
                          "9223372036854775808",
                          "-9223372036854775808",
                          "-9223372036854775809",
                          "18446744073709551615",
                          "18446744073709551616",
                          "100000000000000000000000000000000000000000",
                          "true",
                          "null",
                          R"("1")",
                          "[1]",
                          "{}"})
        out.push_back({with_offset(n), bad_params});
    for (const auto* n :
         {"00",    "01",           "-01",   "+1",       ".5",        "5.",  "-.5",  "1.e1",         "1e",    "1e+",
          "1E-",   "1e2147483648", "1e1.5", "1e1e1",    "-",         "--1", "0x10", "0b1",          "1_000", "1,000",
          "1 000", "NaN",          "-NaN",  "Infinity", "-Infinity", "inf", "1f",   "\xef\xbc\x91", ""})
        out.push_back({with_offset(n), parse_error});
    for (const auto* n : {"0", "9007199254740991"}) out.push_back({with_id(n), accepted});
    for (const auto* n :
         {"-0", "-1", "1.0", "1e0", "1E400", "9007199254740992", "9007199254740993", "18446744073709551616"})
        out.push_back({with_id(n), no_message});
    return out;
}

inline std::vector<json_case> string_cases() {
    std::vector<json_case> out;
    const std::string good[] = {
        "",
        "plain",
        R"(\n\t\r\b\f\/\\\")",
        R"(\u0041\u00e4)",
        R"(\ud83d\ude00)",
        R"(\uDBFF\uDFFF)",
        R"(\uffff)",
        "\x7f",
        "\xc2\x80",
        "\xdf\xbf",
        "\xe0\xa0\x80",
        "\xed\x9f\xbf",
        "\xee\x80\x80",
        "\xef\xbf\xbf",
        "\xf0\x90\x80\x80",
        "\xf4\x8f\xbf\xbf",
        "\xef\xbb\xbf",
        "\xe2\x80\xa8",
        std::string(60'000, 's'),
    };
    for (const auto& s : good) out.push_back({with_payload('"' + s + '"'), accepted});
    const std::string bad[] = {
        R"(\ud800)",
        R"(\udc00)",
        R"(\ud800\ud800)",
        R"(\ud800x)",
        R"(\ud800\n)",
        R"(\udc00\ud800)",
        R"(\ud83d\u0041)",
        R"(\ud83d\)",
        R"(\uD8)",
        "\xff",
        "\xfe",
        "\x80",
        "\xbf",
        "\xc3",
        "\xe2\x82",
        "\xf0\x9f\x98", // no character, half a character
        "\xc0\x80",
        "\xc0\xaf",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x8f\xbf\xbf", // longer than need be
        "\xed\xa0\x80",
        "\xed\xbf\xbf",
        "\xed\xa0\xbd\xed\xb8\x80", // surrogates
        "\xf4\x90\x80\x80",
        "\xf8\x88\x80\x80\x80",
        "\xfc\x84\x80\x80\x80\x80", // past U+10FFFF
        "\n",
        "\t",
        "\r",
        "\0"s,
        "\x1f",
        "a\nb", // not escaped
        R"(\x41)",
        R"(\u00)",
        R"(\u00g0)",
        R"(\u 041)",
        R"(\U0041)",
        R"(\')",
        R"(\0)",
        R"(\a)",
        "\\\n",
    };
    for (const auto& s : bad) out.push_back({with_payload('"' + s + '"'), parse_error});
    for (const auto* v : {"'single'", "bare", R"("open)", R"(open")", R"("a" "b")", "`a`",
                          "\xe2\x80\x9c"
                          "a\xe2\x80\x9d"})
        out.push_back({with_payload(v), parse_error});
    // NUL is JSON, and never a text of tug.
    out.push_back({with_payload(R"("\u0000")"), bad_params});
    out.push_back({with_payload(R"("a\u0000b")"), bad_params});
    out.push_back({with_id(R"("a\u0000b")"), no_message});
    out.push_back({R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping\u0000"})", bad_request});
    out.push_back({R"({"jsonrpc":"2.0\u0000","id":1,"method":"rpc.ping"})", bad_request});
    out.push_back({R"({"jsonrpc":"2.0","id":1,"method":"get","params":{"path":"a\u0000b"}})", bad_params});
    out.push_back({R"({"jsonrpc":"2.0","id":1,"method":"get","params":{"path":"a","off\u0000set":1}})", bad_params});
    // Escapes in names are undone before names are compared.
    out.push_back({R"({"json\u0072pc":"2.0","\u0069d":1,"m\u0065thod":"rpc.pin\u0067"})", accepted});
    return out;
}

inline std::vector<json_case> duplicate_cases() {
    std::vector<json_case> out;
    for (const auto* text : {
             R"({"jsonrpc":"2.0","jsonrpc":"2.0","id":1,"method":"rpc.ping"})",
             R"({"jsonrpc":"2.0","id":1,"id":1,"method":"rpc.ping"})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","method":"rpc.ping"})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{},"params":{}})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"payload":"a","payload":"b"}})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"payload":"a","p\u0061yload":"a"}})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","x":{"a":1,"b":{"c":1,"c":2}}})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","x":[0,[{"c":{"d":[],"d":{}}}]]})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","x":{"":1,"":1}})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","x":{"a":{"b":1,"c":2},"a":3}})",
             R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","x":{"a":null,"a":null}})",
             R"({"jsonrpc":"2.0","id":1,"method":"exec","params":{"argv":["true"],"env":{"K":"1","K":"2"}}})",
         })
        out.push_back({text, no_message});
    out.push_back({with_extra(R"([{"a":1},{"a":1},{"A":1,"a":2}])"), accepted}); // not in one object, or not the same
    out.push_back({with_extra(nested(14, R"({"a":)", "") + R"({"b":1,"b":2})" + nested(14, "", "}")), no_message});
    return out;
}

inline std::vector<json_case> shape_cases() {
    std::vector<json_case> out;
    const std::string ping = R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping"})";
    // The envelope is level 1.
    out.push_back({with_extra(nested(14, "[", "]")), accepted});
    out.push_back({with_extra(nested(15, "[", "]")), accepted});
    for (const std::size_t levels : {16, 17, 1'000, 32'000})
        out.push_back({with_extra(nested(levels, "[", "]")), parse_error});
    out.push_back({with_extra(nested(14, R"({"a":)", "") + "{}" + std::string(14, '}')), accepted});
    out.push_back({with_extra(nested(15, R"({"a":)", "") + "{}" + std::string(15, '}')), parse_error});
    out.push_back({with_extra(nested(60'000, "[", "")), parse_error});
    out.push_back({std::string(65'536, '['), parse_error});
    out.push_back({nested(10'000, R"({"a":)", ""), parse_error});
    // White space is that of JSON alone.
    out.push_back({" \t\r\n" + ping + " \t\r\n", accepted});
    for (const std::string& bad : {"\xef\xbb\xbf" + ping,
                                   "\xfe\xff" + ping,
                                   "\xc2\xa0" + ping,
                                   "\x0b" + ping,
                                   "\x0c" + ping,
                                   "\0"s + ping,
                                   ping + "\0"s,
                                   ping + "x",
                                   ping + ping,
                                   ping + ",",
                                   ping + "]",
                                   ping + "#",
                                   "// c\n" + ping,
                                   "/* c */" + ping,
                                   ping + "/* c */",
                                   ping + "// c",
                                   "# c\n" + ping,
                                   "'" + ping,
                                   ping.substr(0, ping.size() - 1),
                                   ping.substr(1),
                                   ""s + " ",
                                   "["s + ping})
        out.push_back({bad, parse_error});
    for (const auto* x : {"[1,]",
                          "[,1]",
                          "[1,,2]",
                          "[1 2]",
                          "[1;2]",
                          "[1",
                          "1]",
                          R"({"a":1,})",
                          R"({,"a":1})",
                          R"({"a"})",
                          R"({"a":})",
                          R"({"a" 1})",
                          R"({"a"=1})",
                          "{a:1}",
                          "{'a':1}",
                          "{1:1}",
                          "{null:1}",
                          R"({"a":1 "b":2})",
                          R"({"a":1;"b":2})",
                          "{]",
                          "[}",
                          "True",
                          "TRUE",
                          "nul",
                          "nulls",
                          "undefined",
                          "/**/1",
                          "1//\n"})
        out.push_back({with_extra(x), parse_error});
    for (const auto* x : {"[]", "{}", "[ ]", "{ }", "null", "true", "false", "[null]", R"({"":{}})", "[[],[[]]]"})
        out.push_back({with_extra(x), accepted});
    return out;
}

inline std::vector<json_case> message_cases() {
    std::vector<json_case> out;
    for (const auto* text :
         {"null", "true", "0", "1E400", R"("text")", "[]", "[[]]", "{}", R"([{"jsonrpc":"2.0","id":1,"method":"x"}])",
          R"({"id":null,"method":"rpc.ping","jsonrpc":"2.0"})", R"({"jsonrpc":"2.0","id":1,"result":1})",
          R"({"jsonrpc":"2.0","id":1,"error":{}})", R"({"jsonrpc":"2.0","id":1,"result":1,"error":{}})"})
        out.push_back({text, no_message});
    for (const auto* text :
         {R"({"id":1,"method":"rpc.ping"})", R"({"jsonrpc":2.0,"id":1,"method":"rpc.ping"})",
          R"({"jsonrpc":"2","id":1,"method":"rpc.ping"})", R"({"jsonrpc":"2.0 ","id":1,"method":"rpc.ping"})",
          R"({"jsonrpc":null,"id":1,"method":"rpc.ping"})", R"({"JSONRPC":"2.0","id":1,"method":"rpc.ping"})",
          R"({"jsonrpc":"2.0","id":1})", R"({"jsonrpc":"2.0","id":1,"method":null})",
          R"({"jsonrpc":"2.0","id":1,"method":["rpc.ping"]})"})
        out.push_back({text, bad_request});
    for (const auto* params : {"null", "[]", "[1]", "1", "true", R"("")"})
        out.push_back(
            {R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":)" + std::string(params) + "}", bad_params});
    out.push_back({R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{}})", accepted});
    out.push_back({R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"Payload":"a"}})", bad_params});
    out.push_back({R"({"jsonrpc":"2.0","id":1,"method":"rpc.ping","params":{"payload":"a","":1}})", bad_params});
    return out;
}

} // namespace detail

/// Edge cases of JSON, each in an envelope that has nothing else in it to complain about.
inline std::vector<json_case> json_cases() {
    std::vector<json_case> out;
    for (auto* part : {detail::number_cases, detail::string_cases, detail::duplicate_cases, detail::shape_cases,
                       detail::message_cases})
        for (auto& c : part()) out.push_back(std::move(c));
    return out;
}

} // namespace tug::test

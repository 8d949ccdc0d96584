#include "tug/proto/base64.hpp"

#include "support/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <utility>

namespace {

using namespace tug::proto;
using tug::test::bytes_of;

std::optional<std::string> decoded(std::string_view text) {
    const auto bytes = base64_decode(text);
    if (!bytes) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

BOOST_AUTO_TEST_SUITE(base64_test)

BOOST_AUTO_TEST_CASE(known_answers) {
    const std::array<std::pair<std::string_view, std::string_view>, 7> vectors{{
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    }}; // RFC 4648 section 10
    for (const auto& [plain, text] : vectors) {
        BOOST_TEST(base64_encode(bytes_of(plain)) == text);
        BOOST_TEST_REQUIRE(decoded(text).has_value());
        BOOST_TEST(*decoded(text) == plain);
    }
}

BOOST_AUTO_TEST_CASE(every_byte_and_length_comes_back) {
    std::string plain;
    for (int i = 0; i < 300; ++i) {
        BOOST_TEST_REQUIRE(decoded(base64_encode(bytes_of(plain))).value_or("none") == plain);
        plain += static_cast<char>(i * 37);
    }
}

BOOST_AUTO_TEST_CASE(only_the_canonical_text_is_taken) {
    const std::array<std::string_view, 24> refused{
        "Z",     "Zg",       "Zg=",      "Zg===",  "====",       "=",    "Zh==",  "Zm9=",
        "Zm9v=", "Zg==Zg==", "Zm9v\n",   "\nZm9v", " Zm9v   ",   "    ", "Zm 9v", "Zm9v Zm",
        "Z-9v",  "Z_9v",     "Zm9v====", "Zg==Z",  "Zm\xc3\xa4", "Z===", "A=BC",  "Zm\r\n",
    };
    for (const auto text : refused) BOOST_TEST_CONTEXT(text) {
            BOOST_TEST(!base64_decode(text).has_value());
        }
    BOOST_TEST(!base64_decode(std::string_view("Zg=\0", 4)).has_value());
    BOOST_TEST(!base64_decode(std::string_view("\0\0\0\0", 4)).has_value());
}

/// One of the texts of four characters for one byte is taken, for each byte: the one the encoder writes.
BOOST_AUTO_TEST_CASE(trailing_bits_must_be_zero) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    int taken = 0;
    for (const char a : alphabet)
        for (const char b : alphabet)
            if (base64_decode(std::string{a, b, '=', '='})) ++taken;
    BOOST_TEST(taken == 256);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

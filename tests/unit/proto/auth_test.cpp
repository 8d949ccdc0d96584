#include "tug/proto/auth.hpp"

#include "support/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace {

using namespace tug::proto;

constexpr std::string_view hello_text =
    R"({"jsonrpc":"2.0","method":"rpc.hello","params":{"protocol":1,"server":"tug/0.1.0",)"
    R"("nonce":"ERERERERERERERERERERERERERERERERERERERERERE=","auth":["hmac-sha256"],"binding":[],)"
    R"("limits":{"envelope":1048576,"body":1048576,"window":1048576,"in_flight":64,"long_in_flight":256}}})";

secret_key counting_key() {
    std::array<std::byte, 32> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
    return secret_key(bytes);
}

nonce filled(int value) {
    nonce n;
    n.fill(static_cast<std::byte>(value));
    return n;
}

std::string sample_transcript() {
    return auth_transcript(hello_text, "k1", mechanism_hmac_sha256, binding_none, {}, filled(0x22));
}

std::string hex(const proof& p) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    for (const auto b : p) {
        out += digits[std::to_integer<std::size_t>(b) >> 4];
        out += digits[std::to_integer<std::size_t>(b) & 15];
    }
    return out;
}

BOOST_AUTO_TEST_SUITE(auth_test)

BOOST_AUTO_TEST_CASE(the_known_answer) {
    const auto text = sample_transcript();
    BOOST_TEST(hex(client_proof(counting_key(), text)) ==
               "6ab703197da9e15b6a9012aceb992a0c5b636868584f3f8cf3bcad579c07bee0");
    BOOST_TEST(hex(server_proof(counting_key(), text)) ==
               "54aeecc89ebdc06b670fc159e2d7ce693b33b3e828d47753a6347b5bbffd4bde");
}

BOOST_AUTO_TEST_CASE(the_transcript_is_laid_out_as_written) {
    using namespace std::string_literals;
    const auto text = auth_transcript("H", "key", "m", "none", tug::test::bytes_of("bind"), filled('n'));
    BOOST_TEST((text ==
                "tug-auth/1\0\0\0\0\1H\0\0\0\3key\0\0\0\1m\0\0\0\4none\0\0\0\4bind\0\0\0\x20"s + std::string(32, 'n')));
}

/// Anything that one side sees differently gives another proof.
BOOST_AUTO_TEST_CASE(every_part_counts) {
    const auto base = sample_transcript();
    const std::string other_hello(hello_text.substr(1));
    const std::string texts[] = {
        auth_transcript(other_hello, "k1", "hmac-sha256", "none", {}, filled(0x22)),
        auth_transcript(hello_text, "k2", "hmac-sha256", "none", {}, filled(0x22)),
        auth_transcript(hello_text, "k1", "hmac-sha512", "none", {}, filled(0x22)),
        auth_transcript(hello_text, "k1", "hmac-sha256", "tls-exporter", {}, filled(0x22)),
        auth_transcript(hello_text, "k1", "hmac-sha256", "none", tug::test::bytes_of("x"), filled(0x22)),
        auth_transcript(hello_text, "k1", "hmac-sha256", "none", {}, filled(0x23)),
        // What moves from one field to its neighbour.
        auth_transcript(hello_text, "k1h", "mac-sha256", "none", {}, filled(0x22)),
        auth_transcript(hello_text, "k1", "hmac-sha256n", "one", {}, filled(0x22)),
    };
    const auto key = counting_key();
    for (const auto& text : texts) BOOST_TEST(hex(client_proof(key, text)) != hex(client_proof(key, base)));
}

BOOST_AUTO_TEST_CASE(no_proof_can_be_reflected) {
    const auto text = sample_transcript();
    BOOST_TEST(hex(client_proof(counting_key(), text)) != hex(server_proof(counting_key(), text)));
    BOOST_TEST(hex(client_proof(secret_key(), text)) != hex(client_proof(counting_key(), text)));
}

BOOST_AUTO_TEST_CASE(comparing_sees_every_bit) {
    const auto good = client_proof(counting_key(), sample_transcript());
    BOOST_TEST(equal_in_constant_time(good, good));
    for (std::size_t bit = 0; bit < 256; ++bit) {
        auto flipped = good;
        flipped[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
        BOOST_TEST_REQUIRE(!equal_in_constant_time(good, flipped));
    }
}

BOOST_AUTO_TEST_CASE(ids_of_keys) {
    for (const auto* good : {"k", "laptop", "a.b_c@d-e", "!~"}) BOOST_TEST(is_key_id(good));
    BOOST_TEST(is_key_id(std::string(64, 'k')));
    BOOST_TEST(!is_key_id(std::string(65, 'k')));
    for (const std::string_view bad : {"", "a b", "a\t", "\r", "\x7f", "\xc3\xa4"}) BOOST_TEST(!is_key_id(bad));
    BOOST_TEST(!is_key_id(std::string_view("a\0", 2)));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "tug/proto/digest.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tug::proto;

std::span<const std::byte> bytes_of(std::string_view text) {
    return std::as_bytes(std::span(text.data(), text.size()));
}

std::string digest_text(digest_kind kind, std::string_view text) {
    hasher h(kind);
    h.update(bytes_of(text));
    return h.finish().to_string();
}

constexpr std::string_view empty_xxh3 = "xxh3-128:99aa06d3014798d86001c324468d497f";
constexpr std::string_view empty_sha = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

BOOST_AUTO_TEST_SUITE(digest_test)

BOOST_AUTO_TEST_CASE(known_answers) {
    BOOST_TEST(digest_text(digest_kind::xxh3_128, "") == empty_xxh3);
    BOOST_TEST(digest_text(digest_kind::xxh3_128, "abc") == "xxh3-128:06b05ab6733a618578af5f94892f3950");
    BOOST_TEST(digest_text(digest_kind::sha256, "") == empty_sha);
    BOOST_TEST(digest_text(digest_kind::sha256, "abc") ==
               "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); // FIPS 180-4
    BOOST_TEST(digest_text(digest_kind::none, "abc").empty());
}

BOOST_AUTO_TEST_CASE(any_split_gives_the_same) {
    std::string text;
    for (int i = 0; i < 700; ++i) text += static_cast<char>(i * 7); // beyond XXH3's short-input paths and its buffer
    for (const auto kind : {digest_kind::xxh3_128, digest_kind::sha256}) {
        const auto whole = digest_text(kind, text);
        for (std::size_t split = 0; split <= text.size(); ++split) {
            hasher h(kind);
            h.update(bytes_of(std::string_view(text).substr(0, split)));
            h.update({});
            h.update(bytes_of(std::string_view(text).substr(split)));
            BOOST_TEST_REQUIRE(h.finish().to_string() == whole);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_moved_hasher_goes_on) {
    hasher first(digest_kind::xxh3_128);
    first.update(bytes_of("ab"));
    hasher second(std::move(first));
    second.update(bytes_of("c"));
    BOOST_TEST(second.finish().to_string() == digest_text(digest_kind::xxh3_128, "abc"));
}

BOOST_AUTO_TEST_CASE(values_compare_by_kind_and_bytes) {
    BOOST_TEST((hasher(digest_kind::sha256).finish() == *digest::parse(empty_sha)));
    BOOST_TEST((hasher(digest_kind::xxh3_128).finish() == *digest::parse(empty_xxh3)));
    BOOST_TEST((*digest::parse(empty_sha) != *digest::parse(empty_xxh3)));
    BOOST_TEST((digest() == hasher(digest_kind::none).finish()));
    std::string other(empty_xxh3);
    other.back() = '0';
    BOOST_TEST((*digest::parse(other) != *digest::parse(empty_xxh3)));
    BOOST_TEST(digest::parse(empty_xxh3)->bytes().size() == 16U);
    BOOST_TEST(digest::parse(empty_sha)->to_string() == empty_sha);
}

BOOST_AUTO_TEST_CASE(a_request_is_a_kind_or_a_digest) {
    const auto kind_alone = digest_request::parse("sha256");
    BOOST_TEST_REQUIRE(kind_alone.has_value());
    BOOST_TEST((kind_alone->kind == digest_kind::sha256));
    BOOST_TEST(!kind_alone->expected.has_value());

    const auto whole = digest_request::parse(empty_xxh3);
    BOOST_TEST_REQUIRE(whole.has_value());
    BOOST_TEST((whole->kind == digest_kind::xxh3_128));
    BOOST_TEST_REQUIRE(whole->expected.has_value());
    BOOST_TEST(whole->expected->to_string() == empty_xxh3);

    BOOST_TEST(!digest::parse("sha256").has_value()); // the eof frame needs a digest, not a kind
}

BOOST_AUTO_TEST_CASE(all_else_is_refused) {
    const std::string hex32(32, 'a');
    const std::vector<std::string> bad{
        "",
        ":",
        "none",
        "none:",
        "md5",
        "xxh3",
        "XXH3-128",
        "SHA256",
        "sha256 ",
        " sha256",
        "xxh3-128:",
        "xxh3-128:" + hex32.substr(1),
        "xxh3-128:" + hex32 + "a",
        "xxh3-128:" + hex32 + "\n",
        "xxh3-128::" + hex32.substr(1),
        "xxh3-128:" + std::string(32, 'A'),
        "xxh3-128:" + hex32.substr(1) + "g",
        "xxh3-128:" + hex32.substr(1) + std::string(1, '\0'),
        "sha256:" + hex32,
        "xxh3-128:" + hex32 + hex32,
        hex32,
    };
    for (const auto& text : bad) {
        const auto got = digest_request::parse(text);
        BOOST_TEST_CONTEXT("text " << text) {
            BOOST_TEST_REQUIRE(!got.has_value());
            BOOST_TEST((got.error().code == errc::invalid_params));
            BOOST_TEST(got.error().field == "digest");
        }
    }
}

BOOST_AUTO_TEST_CASE(names_of_kinds) {
    for (const auto kind : {digest_kind::none, digest_kind::xxh3_128, digest_kind::sha256})
        BOOST_TEST((digest_kind_from_name(name_of(kind)) == kind));
    BOOST_TEST(!digest_kind_from_name("").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

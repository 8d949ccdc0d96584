#include "block_delta.hpp"

#include <tug/proto/limits.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::detail;
namespace proto = tug::proto;

namespace {

constexpr std::size_t block = block_delta::smallest_block;

std::span<const std::byte> bytes(const std::string& of) {
    return std::as_bytes(std::span(of));
}

std::string digests_of(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += block) {
        proto::hasher hasher(proto::digest_kind::xxh3_128);
        const auto part = text.substr(at, block);
        hasher.update(bytes(part));
        const auto digest = hasher.finish();
        for (const auto b : digest.bytes()) out += static_cast<char>(b);
    }
    return out;
}

/// "position+size" of each piece that differs.
std::string changed(const std::string& base, const std::string& now) {
    const block_delta delta(block, digests_of(base));
    std::string out;
    for (std::size_t at = 0; at < now.size(); at += proto::piece_size) {
        const auto piece = now.substr(at, proto::piece_size);
        for (const auto& c : delta.compare(at, bytes(piece))) {
            BOOST_TEST(c.bytes.text() == std::string_view(now).substr(c.position, c.bytes.size()));
            out += (out.empty() ? "" : " ") + std::to_string(c.position / block) + "+" + std::to_string(c.bytes.size());
        }
    }
    return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(block_delta_test)

BOOST_AUTO_TEST_CASE(what_differs_and_nothing_else) {
    const std::string base(10 * block + 77, 'x');
    BOOST_TEST(changed(base, base) == "");
    auto now = base;
    now[3 * block] = 'y';
    now[5 * block - 1] = 'y'; // in another piece
    BOOST_TEST(changed(base, now) == "3+65536 4+65536");
    now[2 * block + 1] = 'y';
    BOOST_TEST(changed(base, now) == "2+131072 4+65536");
    now.back() = 'y';
    BOOST_TEST(changed(base, now) == "2+131072 4+65536 10+77");
}

BOOST_AUTO_TEST_CASE(what_is_appended_or_cut_off) {
    const std::string base(2 * block + 77, 'x');
    BOOST_TEST(changed(base, base + "y") == "2+78");
    BOOST_TEST(changed(base, std::string(4 * block, 'x')) == "2+131072");
    BOOST_TEST(changed(base, base.substr(0, 2 * block)) == "");
    BOOST_TEST(changed(base, base.substr(0, block + 5)) == "1+5");
    BOOST_TEST(changed("", base) == "0+131149");
}

BOOST_AUTO_TEST_CASE(blocks_grow_with_the_file) {
    BOOST_TEST((block_delta::block_for(1) == 65'536U));
    BOOST_TEST((block_delta::block_for(std::uint64_t{256} << 20U) == 65'536U));
    BOOST_TEST((block_delta::block_for(std::uint64_t{1} << 30U) == 131'072U)); // digests of 128 KiB
    BOOST_TEST((block_delta::block_for(std::uint64_t{4} << 30U) == 262'144U));
    BOOST_TEST((block_delta::block_for(std::uint64_t{255} << 30U) == 262'144U));
    BOOST_TEST(!block_delta::block_for(std::uint64_t{1} << 40U).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

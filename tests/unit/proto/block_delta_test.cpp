#include <tug/proto/block_delta.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/limits.hpp>

#include <boost/test/unit_test.hpp>

#include <string>

using namespace tug::proto;

namespace {

constexpr std::size_t block = block_delta::smallest_block;

std::span<const std::byte> bytes(const std::string& of) {
    return std::as_bytes(std::span(of));
}

std::string digests_of(const std::string& text) {
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += block) {
        hasher hasher(digest_kind::xxh3_128);
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
    for (std::size_t at = 0; at < now.size(); at += piece_size) {
        const auto piece = now.substr(at, piece_size);
        for (const auto& run : delta.compare(at, bytes(piece)))
            out += (out.empty() ? "" : " ") + std::to_string((at + run.begin) / block) + "+" + std::to_string(run.size);
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

/// However it is cut, and nothing beyond it.
BOOST_AUTO_TEST_CASE(lists_of_blocks) {
    const std::string digests(3 * block_delta::digest_size, 'd');
    std::string list;
    block_list::append_count(list, 3);
    BOOST_TEST((list == std::string("\0\0\0\3", 4)));
    list += digests;
    for (const std::size_t part : {1UL, 3UL, 5UL, 100UL}) {
        block_list to;
        for (std::size_t at = 0; at < list.size(); at += part) {
            BOOST_TEST(!to.complete());
            BOOST_TEST(to.feed(bytes(list.substr(at, part))).has_value());
        }
        BOOST_TEST(to.complete());
        BOOST_TEST(!to.feed(bytes("x")).has_value());
        BOOST_TEST((to.take() == digests));
    }
    block_list none;
    BOOST_TEST(none.feed(bytes(std::string(4, '\0'))).has_value());
    BOOST_TEST(none.complete());
    block_list too_long;
    BOOST_TEST(!too_long.feed(bytes(std::string("\0\x10\0\1", 4))).has_value());
    block_list longest;
    BOOST_TEST(longest.feed(bytes(std::string("\0\x10\0\0", 4))).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

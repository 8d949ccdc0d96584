#include "tug/proto/compression.hpp"

#include <boost/test/unit_test.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>

namespace {

using namespace tug::proto;

std::string text_of_lines(std::size_t size) {
    std::string out;
    for (std::size_t i = 0; out.size() < size; ++i)
        out += "2026-03-01T12:00:00Z host tugd[" + std::to_string(i % 977) + "]: put done\n";
    out.resize(size);
    return out;
}

std::string noise(std::size_t size, unsigned seed = 1) {
    std::mt19937_64 dice(seed);
    std::string out(size, '\0');
    for (auto& c : out) c = static_cast<char>(dice());
    return out;
}

chunk packed(std::string_view text, std::uint32_t level = default_level) {
    packer by(level);
    BOOST_TEST(!by.passes(text.size()));
    return by.pack(chunk::copy_of(text));
}

/// These bytes, as if the peer had sent them so.
result<chunk> unpacked(std::string_view frame, std::uint32_t says) {
    auto piece = chunk::copy_of(frame);
    piece.set_packed(says);
    unpacker by;
    return by.unpack(std::move(piece));
}

/// "field: why" of a frame that is refused.
bool is_refused(std::string_view frame, std::uint32_t says) {
    const auto got = unpacked(frame, says);
    return !got && got.error().code == errc::invalid_params && got.error().field == "zstd";
}

BOOST_AUTO_TEST_SUITE(compression_test)

BOOST_AUTO_TEST_CASE(there_and_back) {
    for (const std::size_t size : {256UL, 257UL, 16'384UL, 16'385UL, 100'000UL, piece_size}) {
        const auto text = text_of_lines(size);
        for (const auto level : {lowest_level, default_level, highest_level}) {
            const auto piece = packed(text, level);
            BOOST_TEST(piece.packed() == size);
            BOOST_TEST(piece.content_size() == size);
            BOOST_TEST(piece.size() <= size - size / 8);
            const auto back = unpacked(piece.text(), piece.packed());
            BOOST_REQUIRE(back.has_value());
            BOOST_TEST(back->packed() == 0U);
            BOOST_TEST((back->text() == text));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_level_is_worth_its_time) {
    const auto text = text_of_lines(piece_size);
    BOOST_TEST(packed(text, highest_level).size() < packed(text, lowest_level).size());
}

BOOST_AUTO_TEST_CASE(what_is_not_packed_stays_as_it_is) {
    unpacker by;
    const auto same = by.unpack(chunk::copy_of("\x28\xb5\x2f\xfd as it is"));
    BOOST_TEST(same.value().text() == "\x28\xb5\x2f\xfd as it is");
}

/// What does not become smaller goes as it is, and is looked at less and less.
BOOST_AUTO_TEST_CASE(what_does_not_pay) {
    packer by(default_level);
    int looked_at = 0;
    for (unsigned i = 0; i < 1'000; ++i) {
        auto piece = chunk::copy_of(noise(20'000, i));
        const auto before = std::string(piece.text());
        if (by.passes(piece.size())) continue;
        ++looked_at;
        const auto after = by.pack(std::move(piece));
        BOOST_TEST(after.packed() == 0U);
        BOOST_TEST((after.text() == before));
    }
    BOOST_TEST(looked_at >= 15); // one in 65
    BOOST_TEST(looked_at <= 22);
    // What pays is found, and from then on all of it is packed.
    const auto text = text_of_lines(20'000);
    int passed = 0;
    while (by.passes(text.size())) BOOST_TEST(++passed <= 64);
    BOOST_TEST(by.pack(chunk::copy_of(text)).packed() == text.size());
    BOOST_TEST(!by.passes(text.size()));
    BOOST_TEST(by.pack(chunk::copy_of(text)).packed() == text.size());
    // After a piece that does not, one is passed by, not 64.
    BOOST_TEST(!by.passes(20'000));
    BOOST_TEST(by.pack(chunk::copy_of(noise(20'000))).packed() == 0U);
    BOOST_TEST(by.passes(20'000));
    BOOST_TEST(!by.passes(20'000));
}

/// A sample decides, not the beginning: media files begin with text.
BOOST_AUTO_TEST_CASE(a_sample_from_the_middle) {
    packer by(default_level);
    BOOST_TEST(by.pack(chunk::copy_of(noise(16'384) + text_of_lines(100'000))).packed() > 0U);
    packer other(default_level);
    BOOST_TEST(other.pack(chunk::copy_of(text_of_lines(16'384) + noise(200'000))).packed() == 0U);
}

BOOST_AUTO_TEST_CASE(small_pieces_are_passed_by) {
    packer by(default_level);
    BOOST_TEST(by.passes(1));
    BOOST_TEST(by.passes(255));
    BOOST_TEST(!by.passes(256));
}

/// What a packed piece takes of memory while it waits is about its own size.
BOOST_AUTO_TEST_CASE(a_packed_piece_holds_no_more_than_its_bytes) {
    auto piece = packed(std::string(piece_size, 'x'));
    BOOST_TEST(piece.size() < 100U);
    BOOST_TEST(piece.room().empty());
}

BOOST_AUTO_TEST_CASE(frames_that_are_damaged) {
    const auto text = text_of_lines(50'000);
    const auto piece = packed(text);
    const auto frame = std::string(piece.text());
    BOOST_TEST(!is_refused(frame, 50'000));
    BOOST_TEST(is_refused("", 5));
    BOOST_TEST(is_refused("hello", 5));
    for (std::size_t size = 0; size < frame.size(); size += 7) BOOST_TEST(is_refused(frame.substr(0, size), 50'000));
    BOOST_TEST(is_refused(frame + "x", 50'000));
    BOOST_TEST(is_refused(frame + frame, 100'000)); // two frames
    const std::string skippable("\x50\x2a\x4d\x18\x04\x00\x00\x00....", 12);
    BOOST_TEST(is_refused(skippable, 4));
    BOOST_TEST(is_refused(skippable + frame, 50'000));
    BOOST_TEST(is_refused(frame + skippable, 50'000));
    // With the number of a dictionary, 9: a head of 1 byte for it, 1 for the size, then one raw block of 1 byte.
    BOOST_TEST(!is_refused(std::string("\x28\xb5\x2f\xfd\x20\x01\x09\x00\x00x", 10), 1));
    BOOST_TEST(is_refused(std::string("\x28\xb5\x2f\xfd\x21\x09\x01\x09\x00\x00x", 11), 1));
}

/// The memory that a frame takes is that of what was said it holds.
BOOST_AUTO_TEST_CASE(bombs) {
    const auto piece = packed(std::string(piece_size, '\0'));
    const auto frame = std::string(piece.text());
    BOOST_TEST(frame.size() < 100U);
    BOOST_TEST(is_refused(frame, 1));
    BOOST_TEST(is_refused(frame, piece_size - 1));
    BOOST_TEST(is_refused(frame, piece_size + 1));
    BOOST_TEST(!is_refused(frame, piece_size));
    // A head that says nothing of the size, and blocks of one byte repeated: 128 KiB of 4 bytes each, for ever.
    std::string endless("\x28\xb5\x2f\xfd\x00\x80", 6); // a window of 64 MiB
    for (int i = 0; i < 1'000; ++i) endless += std::string("\x02\x00\x10z", 4);
    endless += std::string("\x03\x00\x10z", 4);
    BOOST_TEST(is_refused(endless, max_unpacked));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

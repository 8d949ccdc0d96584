#include "jobs/spool.hpp"

#include "support/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace tug::service;
using tug::proto::chunk;

constexpr std::string_view text = "0123456789abcdef";

/// All that is kept from `position` on, read `step` bytes at a time.
std::string kept(const spool& s, std::uint64_t position, std::size_t step) {
    std::string all;
    while (position < s.written()) {
        const auto piece = s.read(position, step);
        BOOST_REQUIRE(!piece.empty());
        BOOST_TEST(piece.size() <= step);
        all += piece.text();
        position += piece.size();
    }
    return all;
}

/// As a read from a pipe makes it: with room behind what came.
chunk piece_of(std::string_view bytes, std::size_t spare) {
    chunk c(bytes.size() + spare);
    c.append(std::as_bytes(std::span(bytes)));
    return c;
}

std::string digest_of(std::string_view bytes) {
    tug::proto::hasher h(tug::proto::digest_kind::xxh3_128);
    h.update(std::as_bytes(std::span(bytes)));
    return h.finish().to_string();
}

BOOST_AUTO_TEST_SUITE(spool_test)

/// However the writes are cut, with room behind each piece and without.
BOOST_AUTO_TEST_CASE(the_oldest_is_dropped_at_every_split_point) {
    for (std::size_t most = 1; most <= text.size(); ++most) {
        for (std::size_t first = 0; first <= text.size(); ++first) {
            for (std::size_t second = first; second <= text.size(); ++second) {
                for (const std::size_t spare : {0U, 3U, 100U}) {
                    memory_spool s(most, when_full::drop_oldest);
                    s.append(piece_of(text.substr(0, first), spare));
                    s.append(piece_of(text.substr(first, second - first), spare));
                    s.append(piece_of(text.substr(second), spare));
                    BOOST_TEST(s.written() == text.size());
                    BOOST_TEST(s.kept_from() == text.size() - most);
                    BOOST_TEST(s.room() > text.size());
                    for (auto from = s.kept_from(); from <= s.written(); ++from)
                        for (const std::size_t step : {1U, 5U, 100U})
                            BOOST_TEST(kept(s, from, step) == text.substr(from));
                    BOOST_TEST(s.summary().digest == digest_of(text)); // of what was dropped, too
                }
            }
        }
    }
}

/// The writer writes `room()` at most, the reader takes so much at a time: all arrives, and the bound holds.
BOOST_AUTO_TEST_CASE(the_writer_is_held_at_every_split_point) {
    for (std::size_t most = 1; most <= text.size(); ++most) {
        for (std::size_t write = 1; write <= text.size(); ++write) {
            for (std::size_t take = 1; take <= text.size(); ++take) {
                memory_spool s(most, when_full::hold_writer);
                std::string came;
                while (came.size() < text.size()) {
                    const auto n = std::min({write, s.room(), text.size() - static_cast<std::size_t>(s.written())});
                    if (n > 0) s.append(piece_of(text.substr(s.written(), n), 2));
                    BOOST_TEST(s.written() - s.kept_from() <= most);
                    BOOST_TEST(s.room() == most - (s.written() - s.kept_from()));
                    if (s.room() > 0 && s.written() < text.size() && n > 0) continue; // until it is full
                    BOOST_TEST(kept(s, s.kept_from(), 3) == text.substr(came.size(), s.written() - came.size()));
                    const auto piece = s.take(take);
                    BOOST_REQUIRE(!piece.empty());
                    BOOST_TEST(piece.size() <= take);
                    came += piece.text();
                    BOOST_TEST(s.kept_from() == came.size());
                }
                BOOST_TEST(came == text);
                const auto all = s.summary();
                BOOST_TEST(all.bytes == text.size());
                BOOST_TEST(all.digest == digest_of(text));
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_piece_passes_through_uncopied) {
    memory_spool s(100, when_full::hold_writer);
    auto piece = piece_of("abc", 10);
    const auto* where = piece.bytes().data();
    s.append(std::move(piece));
    BOOST_TEST(s.take(3).bytes().data() == where);
    BOOST_TEST(s.take(3).empty());
    BOOST_TEST(s.room() == 100U);
}

/// What is bounded in bytes is so in memory: each small piece would otherwise keep all the room that it came with.
BOOST_AUTO_TEST_CASE(small_pieces_share_their_memory) {
    memory_spool s(1000, when_full::drop_oldest);
    for (int i = 0; i < 1000; ++i) s.append(piece_of("x", 499));
    BOOST_TEST(s.read(s.kept_from(), 1000).size() + s.read(s.kept_from() + 500, 1000).size() == 1000U);
}

BOOST_AUTO_TEST_CASE(nothing_is_read_at_the_end) {
    memory_spool s(4, when_full::drop_oldest);
    BOOST_TEST(s.read(0, 10).empty());
    BOOST_TEST(s.take(10).empty());
    s.append(piece_of("abcdef", 0));
    BOOST_TEST(s.kept_from() == 2U);
    BOOST_TEST(s.read(6, 10).empty());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

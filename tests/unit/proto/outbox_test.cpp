#include "tug/proto/outbox.hpp"

#include "support/frames.hpp"
#include "tug/proto/limits.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

bool add(outbox& out, std::string_view envelope, std::string_view body = {}, std::uint32_t limit = 65'536) {
    out.begin_frame() += envelope;
    return out.end_frame(limit, body.empty() ? chunk() : chunk::copy_of(body));
}

std::size_t buffers(outbox& out) {
    std::vector<std::span<const std::byte>> list;
    out.gather(list, SIZE_MAX);
    return list.size();
}

/// Writes up to `n` bytes, through at most `most` buffers, as a socket that takes a part.
std::string write_some(outbox& out, std::size_t n, std::size_t most) {
    std::vector<std::span<const std::byte>> list;
    out.gather(list, most);
    std::string text;
    for (const auto b : list) text.append(reinterpret_cast<const char*>(b.data()), b.size());
    text.resize(std::min(n, text.size()));
    out.consume(text.size());
    return text;
}

BOOST_AUTO_TEST_SUITE(outbox_test)

BOOST_AUTO_TEST_CASE(frames_come_out_as_they_went_in) {
    outbox out;
    BOOST_TEST(out.empty());
    BOOST_TEST(add(out, R"({"first":1})"));
    BOOST_TEST(add(out, R"({"second":2})", "body"));
    BOOST_TEST(add(out, R"({"third":3})"));
    const auto expected = frame(R"({"first":1})") + frame(R"({"second":2})", "body") + frame(R"({"third":3})");
    BOOST_TEST(out.size() == expected.size());
    BOOST_TEST((drain(out) == expected));
    BOOST_TEST(out.empty());
}

/// As an append leaves it that throws for want of memory.
BOOST_AUTO_TEST_CASE(a_frame_without_an_end_leaves_nothing) {
    for (const bool first : {true, false}) {
        outbox out;
        if (!first) add(out, R"({"before":1})");
        const auto before = first ? std::string() : frame(R"({"before":1})");
        out.begin_frame() += R"({"torn)";
        BOOST_TEST(out.size() == before.size());
        BOOST_TEST(add(out, R"({"after":2})"));
        out.begin_frame() += R"({"torn)";
        BOOST_TEST((drain(out) == before + frame(R"({"after":2})")));
        BOOST_TEST(out.empty());
        BOOST_TEST(add(out, R"({"last":3})"));
        BOOST_TEST((drain(out) == frame(R"({"last":3})")));
    }
}

BOOST_AUTO_TEST_CASE(small_frames_share_a_buffer) {
    outbox out;
    for (int i = 0; i < 100; ++i) add(out, R"({"small":1})");
    BOOST_TEST(buffers(out) == 1U);
}

BOOST_AUTO_TEST_CASE(a_body_is_a_buffer_of_its_own) {
    outbox out;
    add(out, R"({"small":1})");
    add(out, R"({"with":1})", "body");
    BOOST_TEST(buffers(out) == 2U);
    add(out, R"({"after":1})");
    BOOST_TEST(buffers(out) == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_too_large_leaves_no_trace) {
    outbox out;
    const std::string at_limit(100, 'x');
    BOOST_TEST(!add(out, at_limit + "x", {}, 100));
    BOOST_TEST(out.empty());
    BOOST_TEST(add(out, at_limit, {}, 100));
    BOOST_TEST(!add(out, at_limit + "x", "body", 100));
    BOOST_TEST(add(out, at_limit, "body", 100));
    BOOST_TEST((drain(out) == frame(at_limit) + frame(at_limit, "body")));
}

/// Buffers that a write has stay where they are while frames are added and other frames fail.
BOOST_AUTO_TEST_CASE(gathered_buffers_stay_valid) {
    outbox out;
    const std::string small = R"({"first":"one"})";
    add(out, small);
    add(out, small, "body");
    add(out, small);
    std::vector<std::span<const std::byte>> held;
    out.gather(held, SIZE_MAX);
    for (int i = 0; i < 1'000; ++i) {
        add(out, small, i % 3 == 0 ? "more" : "");
        add(out, std::string(200, 'x'), {}, 100);
    }
    std::string text;
    for (const auto b : held) text.append(reinterpret_cast<const char*>(b.data()), b.size());
    BOOST_TEST((text == frame(small) + frame(small, "body") + frame(small)));
    std::vector<std::span<const std::byte>> again;
    out.gather(again, held.size());
    for (std::size_t i = 0; i < held.size(); ++i)
        BOOST_TEST((again[i].data() == held[i].data() && again[i].size() == held[i].size()));
}

/// However little is written at once, and while more is added, the bytes are the same.
BOOST_AUTO_TEST_CASE(any_partial_write_gives_the_same_bytes) {
    for (const std::size_t n : {1, 2, 7, 8, 9, 31, 64, 1'000, 70'000, 1'000'000}) {
        for (const std::size_t most : {1, 2, 64}) {
            BOOST_TEST_CONTEXT("writes of " << n << ", buffers " << most) {
                outbox out;
                std::string expected;
                std::string written;
                for (int i = 0; i < 120; ++i) {
                    const std::string envelope(static_cast<std::size_t>(20 + i * 13 % 300), 'e');
                    const std::string body(static_cast<std::size_t>(i % 4 == 0 ? i * 7 : 0), 'b');
                    add(out, envelope, body);
                    expected += frame(envelope, body);
                    written += write_some(out, n, most);
                    BOOST_TEST_REQUIRE(out.size() == expected.size() - written.size());
                }
                while (!out.empty()) written += write_some(out, n, most);
                BOOST_TEST((written == expected));
                BOOST_TEST(buffers(out) == 0U);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(large_texts_are_spread) {
    outbox out;
    std::string expected;
    for (int i = 0; i < 10; ++i) {
        const std::string envelope(60'000, static_cast<char>('a' + i));
        add(out, envelope);
        expected += frame(envelope);
    }
    BOOST_TEST(buffers(out) >= 5U);
    BOOST_TEST((drain(out) == expected));
}

BOOST_AUTO_TEST_CASE(clear_forgets_all) {
    outbox out;
    add(out, R"({"first":1})", "body");
    static_cast<void>(write_some(out, 3, 1));
    out.clear();
    BOOST_TEST(out.empty());
    BOOST_TEST(buffers(out) == 0U);
    add(out, R"({"next":1})");
    BOOST_TEST((drain(out) == frame(R"({"next":1})")));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

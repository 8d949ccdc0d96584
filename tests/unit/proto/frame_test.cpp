#include "tug/proto/frame.hpp"

#include "support/frames.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;
using step = frame_decoder::step;

/// What a decoder made of its input: an envelope as "E(text)", the bytes of bodies as they are, their end as ".".
struct listener {
    frame_decoder it;
    bool want = true;
    std::string log;

    explicit listener(std::uint32_t envelope = 65'536, std::uint32_t body = 1 << 20) { it.set_limits(envelope, body); }

    step hear(std::string_view text) {
        const std::string copy(text);
        it.feed(bytes_of(copy));
        return run();
    }

    step run() {
        for (;;) {
            const auto s = it.next();
            if (s == step::need_more || s == step::failed) return s;
            if (s == step::envelope) {
                log.append("E(").append(it.envelope()).append(")");
                if (want) it.want_body();
            }
            if (s == step::body) log += it.take_piece().text();
            if (s == step::body_end) log += '.';
        }
    }
};

BOOST_AUTO_TEST_SUITE(frame_test)

BOOST_AUTO_TEST_CASE(headers_are_in_network_byte_order) {
    const auto bytes = frame_header{0x01020304, 0xfffefdfc}.encode();
    const std::array<std::byte, 8> expected{std::byte{1},    std::byte{2},    std::byte{3},    std::byte{4},
                                            std::byte{0xff}, std::byte{0xfe}, std::byte{0xfd}, std::byte{0xfc}};
    BOOST_TEST((bytes == expected));
    BOOST_TEST((frame_header::decode(expected) == frame_header{0x01020304, 0xfffefdfc}));
}

BOOST_AUTO_TEST_CASE(every_split_gives_the_same_frames) {
    const auto text = frame("{}") + frame("{1}", "body") + frame("{22}") + frame("{333}", "b");
    const std::string expected = "E({}).E({1})body.E({22}).E({333})b.";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        listener l;
        l.hear(text.substr(0, cut));
        BOOST_TEST((l.hear(text.substr(cut)) == step::need_more));
        BOOST_TEST_REQUIRE(l.log == expected);
        BOOST_TEST(l.it.envelopes() == 4U);
    }
    listener l;
    for (const char c : text) l.hear(std::string_view(&c, 1));
    BOOST_TEST(l.log == expected);
}

BOOST_AUTO_TEST_CASE(a_body_that_nobody_wants_is_skipped) {
    const auto text = frame("{1}", "body") + frame("{2}");
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        listener l;
        l.want = false;
        l.hear(text.substr(0, cut));
        BOOST_TEST(l.it.body_room().empty());
        l.hear(text.substr(cut));
        BOOST_TEST_REQUIRE(l.log == "E({1}).E({2}).");
    }
}

BOOST_AUTO_TEST_CASE(sizes_over_the_limits_end_it) {
    struct {
        std::uint32_t envelope, body;
        std::string_view error;
    } const cases[] = {
        {0, 0, "invalid_request"}, {0, 0xffff'ffff, "invalid_request"}, {1, 0, ""},
        {65'536, 0, ""},           {65'537, 0, "frame_too_large"},      {0xffff'ffff, 0, "frame_too_large"},
        {1, 1'048'576, ""},        {1, 1'048'577, "frame_too_large"},   {1, 0xffff'ffff, "frame_too_large"},
    };

    for (const auto& c : cases) {
        BOOST_TEST_CONTEXT(c.envelope << " and " << c.body) {
            listener l;
            const auto s = l.hear(header(c.envelope, c.body));
            BOOST_TEST((s == step::failed) == !c.error.empty());
            if (s == step::failed) BOOST_TEST(name_of(l.it.error().code) == c.error);
            if (s == step::failed) BOOST_TEST((l.hear(frame("{}")) == step::failed));
            BOOST_TEST(l.log.empty());
        }
    }
}

BOOST_AUTO_TEST_CASE(before_login_the_limits_are_small) {
    frame_decoder fresh;
    const auto decode = [&](std::uint32_t envelope, std::uint32_t body) {
        frame_decoder d;
        const auto text = header(envelope, body);
        d.feed(bytes_of(text));
        return d.next();
    };
    BOOST_TEST((decode(4'096, 0) == step::need_more));
    BOOST_TEST((decode(4'097, 0) == step::failed));
    BOOST_TEST((decode(4'096, 1) == step::failed));
    BOOST_TEST(!fresh.inside_envelope());
}

BOOST_AUTO_TEST_CASE(new_limits_hold_from_the_next_header) {
    listener l(4'096, 0);
    const std::string large(5'000, 'x');
    const auto first = frame("{}");
    l.hear(first.substr(0, 9));
    l.it.set_limits(65'536, 100);
    l.hear(first.substr(9) + frame(large, "body"));
    BOOST_TEST((l.log == "E({}).E(" + large + ")body."));
    BOOST_TEST((l.hear(header(1, 101)) == step::failed));
}

BOOST_AUTO_TEST_CASE(well_known_protocols_get_a_hint) {
    struct {
        std::string_view text, hint;
    } const cases[] = {
        {"GET / HTTP/1.1\r\n", "HTTP"}, {"POST / HTTP/1.1\r\n", "HTTP"},
        {"PRI * HTTP/2.0\r\n", "HTTP"}, {"\x16\x03\x01\x02\x05\x01\x05\x06", "TLS"},
        {"SSH-2.0-OpenSSH\r\n", "SSH"},
    };

    for (const auto& c : cases) {
        listener l;
        BOOST_TEST((l.hear(c.text) == step::failed));
        BOOST_TEST((l.it.error().code == errc::frame_too_large));
        BOOST_TEST_CONTEXT(l.it.error().message) {
            BOOST_TEST((l.it.error().message.find(c.hint) != std::string::npos));
        }
    }
}

/// Body bytes that the transport reads into body_room() mix with fed ones at any point.
BOOST_AUTO_TEST_CASE(a_body_can_be_read_in_place) {
    const std::string body = "0123456789";
    for (std::size_t fed = 0; fed <= body.size(); ++fed) {
        for (std::size_t step_size = 1; step_size <= body.size(); ++step_size) {
            listener l;
            l.hear(frame("{}", body).substr(0, 10 + fed));
            auto rest = std::string_view(body).substr(fed);
            while (!rest.empty()) {
                const auto room = l.it.body_room();
                BOOST_TEST_REQUIRE(room.size() == rest.size());
                const auto n = std::min(step_size, rest.size());
                std::ranges::copy(bytes_of(rest.substr(0, n)), room.begin());
                l.it.commit_body(n);
                rest.remove_prefix(n);
                l.run();
            }
            BOOST_TEST(l.it.body_room().empty());
            l.hear(frame("{1}"));
            BOOST_TEST_REQUIRE(l.log == "E({})0123456789.E({1}).");
        }
    }
}

BOOST_AUTO_TEST_CASE(large_bodies_come_in_pieces) {
    std::string body(piece_size * 3 + 5, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 7 + (i >> 8));
    const auto text = frame("{}", body);
    const std::size_t cuts[] = {10, 11, 10 + piece_size - 1, 10 + piece_size, 11 + piece_size, text.size()};
    for (const auto cut : cuts) {
        listener l;
        l.hear(std::string_view(text).substr(0, cut));
        BOOST_TEST(l.it.body_room().size() <= piece_size);
        l.hear(std::string_view(text).substr(cut));
        BOOST_TEST((l.log == "E({})" + body + "."));
    }
}

BOOST_AUTO_TEST_CASE(it_says_where_it_stands) {
    listener l;
    const auto at = [&] { return std::pair(l.it.inside_envelope(), l.it.inside_body()); };
    BOOST_TEST((at() == std::pair(false, false)));
    const auto text = frame("{}", "body");
    l.hear(text.substr(0, 1));
    BOOST_TEST((at() == std::pair(true, false)));
    l.hear(text.substr(1, 7));
    BOOST_TEST((at() == std::pair(true, false)));
    l.hear(text.substr(8, 1));
    BOOST_TEST((at() == std::pair(true, false)));
    l.hear(text.substr(9, 1));
    BOOST_TEST((at() == std::pair(false, true)));
    l.hear(text.substr(10, 3));
    BOOST_TEST((at() == std::pair(false, true)));
    l.hear(text.substr(13));
    BOOST_TEST((at() == std::pair(false, false)));
}

BOOST_AUTO_TEST_CASE(large_bodies_are_announced_until_a_frame_without_one) {
    listener l;
    BOOST_TEST(!l.it.bulk());
    l.hear(frame("{}", std::string(64 * 1024 - 1, 'x')));
    BOOST_TEST(!l.it.bulk());
    l.hear(frame("{}", std::string(64 * 1024, 'x')));
    BOOST_TEST(l.it.bulk());
    l.hear(frame("{}"));
    BOOST_TEST(!l.it.bulk());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

// However a conversation is cut, the same happens; and what is cut off or damaged does no harm.

#include "support/conversations.hpp"
#include "support/sample_peer.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

struct conversation {
    role side;
    std::vector<std::string> frames;

    [[nodiscard]] std::string text() const { return joined(frames); }
};

const std::vector<conversation>& conversations() {
    static const std::vector<conversation> both{{role::server, client_says()}, {role::client, server_says()}};
    return both;
}

/// Same events, same bytes.
void check_same(const sample_peer& is, const sample_peer& expected) {
    BOOST_TEST_REQUIRE(is.log == expected.log);
    BOOST_TEST_REQUIRE((is.output == expected.output));
}

/// All that a peer sent is frames of JSON within the limits, whatever it was fed.
void check_sound(sample_peer& p) {
    for (const auto& f : frames_of(p.output)) {
        BOOST_TEST_REQUIRE(f.envelope.size() <= limits().envelope);
        BOOST_TEST_REQUIRE(f.json().is_object());
    }
    for (const auto& c : p.it.calls())
        for (const auto& s : c->inbound) BOOST_TEST_REQUIRE(s.credit() <= p.it.sizes().window);
    if (p.it.over()) {
        BOOST_TEST_REQUIRE((p.it.why().code != errc::success));
        BOOST_TEST_REQUIRE((p.it.why().code != errc::internal_error));
    }
}

BOOST_AUTO_TEST_SUITE(connection_split_test)

/// The conversations say what they are meant to: all kinds of events are in them.
BOOST_AUTO_TEST_CASE(the_conversations_are_rich) {
    sample_peer server(role::server, sample_limits());
    server.feed(joined(client_says()));
    for (const auto* event :
         {"request rpc.authenticate 1", "request rpc.ping \"ping\"", "data 2 stdin hello ", "data 3 data last\n",
          "eof sha256:00", "credit 4", "stopped 6", "cancelled 7", "bye", "failed invalid_request"})
        BOOST_TEST_CONTEXT(event << " in\n" << server.log) {
            BOOST_TEST((server.log.find(event) != std::string::npos));
        }
    sample_peer client(role::client, sample_limits());
    client.feed(joined(server_says()));
    for (const auto* event :
         {"greeted tug/0.1.0", "data 1 stdout out", "credit 3", "stopped 3", "eof without digest",
          R"(answered 2 {"size":203})", "answered 3 no_space", R"(answered 1 {"exit_code":0})", "failed shutting_down"})
        BOOST_TEST_CONTEXT(event << " in\n" << client.log) {
            BOOST_TEST((client.log.find(event) != std::string::npos));
        }
}

BOOST_AUTO_TEST_CASE(every_cut_gives_the_same) {
    for (const auto& c : conversations()) {
        const auto text = c.text();
        sample_peer expected(c.side, sample_limits());
        expected.feed(text);
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            sample_peer p(c.side, sample_limits());
            p.feed(std::string_view(text).substr(0, cut));
            p.feed(std::string_view(text).substr(cut));
            check_same(p, expected);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_size_of_reads_gives_the_same) {
    for (const auto& c : conversations()) {
        const auto text = c.text();
        sample_peer expected(c.side, sample_limits());
        expected.feed(text);
        for (std::size_t size = 1; size < 400; size += size < 20 ? 1 : 37) {
            BOOST_TEST_CONTEXT("reads of " << size) {
                sample_peer fed(c.side, sample_limits());
                sample_peer in_place(c.side, sample_limits());
                for (std::size_t at = 0; at < text.size(); at += size) {
                    fed.feed(std::string_view(text).substr(at, size));
                    in_place.read(std::string_view(text).substr(at, size));
                }
                check_same(fed, expected);
                check_same(in_place, expected);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(every_cut_with_bodies_read_in_place) {
    for (const auto& c : conversations()) {
        const auto text = c.text();
        sample_peer expected(c.side, sample_limits());
        expected.feed(text);
        for (std::size_t cut = 0; cut <= text.size(); ++cut) {
            sample_peer p(c.side, sample_limits());
            p.read(std::string_view(text).substr(0, cut));
            p.read(std::string_view(text).substr(cut));
            check_same(p, expected);
        }
    }
}

/// What was cut off causes nothing: only whole frames do.
BOOST_AUTO_TEST_CASE(every_truncation_does_what_was_whole) {
    for (const auto& c : conversations()) {
        std::string before;
        for (const auto& f : c.frames) {
            sample_peer expected(c.side, sample_limits());
            expected.feed(before);
            for (std::size_t n = 0; n < f.size(); ++n) {
                sample_peer p(c.side, sample_limits());
                p.feed(before + f.substr(0, n));
                BOOST_TEST_REQUIRE(p.log == expected.log);
                p.end();
                check_sound(p);
            }
            before += f;
        }
    }
}

/// Every damaged bit: events or an error by its name.
BOOST_AUTO_TEST_CASE(every_flipped_bit_is_harmless) {
    const auto said = client_says();
    const auto answered = server_says();
    const std::vector<conversation> shorter{
        {role::server, {said[0], said[2], said[3], data_frame(2, "stdin", "hello", true), said[17], said[23]}},
        {role::client, {answered[0], answered[1], answered[7], answered[8], answered[9], answered[10]}},
    };
    for (const auto& c : shorter) {
        const auto text = c.text();
        for (std::size_t bit = 0; bit < text.size() * 8; ++bit) {
            auto damaged = text;
            damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ 1 << bit % 8);
            sample_peer p(c.side, sample_limits());
            p.read(std::string_view(damaged).substr(0, bit / 8));
            p.read(std::string_view(damaged).substr(bit / 8));
            p.end();
            check_sound(p);
        }
    }
}

/// Bodies of more than one piece, cut around the ends of pieces.
BOOST_AUTO_TEST_CASE(large_bodies_survive_any_cut) {
    std::string body(3 * piece_size, '\0');
    for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 + (i >> 8));
    const auto text = data_frame(7, "data", body) + data_frame(7, "data", "", true);
    const auto first = text.size() - body.size() - data_frame(7, "data", "", true).size();
    for (const std::size_t at : {first - 1, first, first + 1, first + piece_size - 1, first + piece_size,
                                 first + piece_size + 1, first + 2 * piece_size, text.size() - 1}) {
        server s;
        const auto c = s.open(7, put_streams);
        s.hear(std::string_view(text).substr(0, at));
        s.hear(std::string_view(text).substr(at));
        BOOST_TEST((take_all(s.it, *c, 0) == body));
        BOOST_TEST(c->inbound[0].eof());
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

// rpc.data, rpc.credit, rpc.stop and rpc.cancel as they come in.

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

std::string note(std::string_view method, std::string_view params) {
    return frame(notice(method, params));
}

BOOST_AUTO_TEST_SUITE(connection_streams_test)

BOOST_AUTO_TEST_CASE(bytes_and_eof_arrive) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear(data_frame(7, "stdin", "hello ")) == "data");
    BOOST_TEST((s.last.call == c && s.last.stream == 0));
    BOOST_TEST(s.hear(data_frame(7, "stdin", "world", true)) == "data data"); // the bytes, then eof
    BOOST_TEST(take_all(s.it, *c, 0) == "hello world");
    BOOST_TEST(c->inbound[0].eof());
    BOOST_TEST(s.said() == "");
}

/// Where a stream is to begin, where its pieces belong, and where it ends.
BOOST_AUTO_TEST_CASE(positions) {
    auto up = to_server("data");
    up.has_offset = true;
    auto down = to_client("out");
    down.awaits_start = true;
    server s;
    const std::vector<stream_spec> streams{up, down};
    const auto c = s.open(7, streams);
    s.it.say_start(*c, 0, 5);
    BOOST_TEST(s.hear("") == "rpc.credit");
    BOOST_TEST(s.hear(frame(notice("rpc.data", R"({"call":7,"stream":"data","offset":5})"), "abc")) == "data");
    BOOST_TEST(take_all(s.it, *c, 0) == "abc");
    BOOST_TEST(c->inbound[0].position() == 8U);
    BOOST_TEST(!c->inbound[0].end().has_value());
    BOOST_TEST(s.hear(note("rpc.data", R"({"call":7,"stream":"data","offset":20,"eof":true})")) == "data");
    BOOST_TEST(c->inbound[0].end().value() == 20U);
    BOOST_TEST(!c->outbound[0].start().has_value());
    BOOST_TEST(s.hear(note("rpc.credit", R"({"call":7,"stream":"out","bytes":0,"offset":9})")) == "credit");
    BOOST_TEST(c->outbound[0].start().value() == 9U);
}

/// Credit counts the bodies, positions what they hold.
BOOST_AUTO_TEST_CASE(compressed_bodies) {
    auto up = to_server("data");
    up.has_offset = true;
    up.may_be_packed = true;
    server s;
    const std::vector<stream_spec> streams(1, up);
    const auto c = s.open(7, streams);
    const auto credit = c->inbound[0].credit();
    const auto body = [](std::string_view more, std::string_view bytes) {
        return frame(notice("rpc.data", R"({"call":7,"stream":"data")" + std::string(more) + "}"), bytes);
    };
    BOOST_TEST(s.hear(body(R"(,"zstd":1000)", "abc") + body(R"(,"zstd":1048576)", "defg") + body("", "hi")) ==
               "data data data");
    BOOST_TEST(c->inbound[0].credit() == credit - 9);
    const auto first = s.it.take_more(*c, 0).value(); // each by itself
    BOOST_TEST(first.text() == "abc");
    BOOST_TEST(first.packed() == 1'000U);
    BOOST_TEST(c->inbound[0].position() == 1'000U);
    BOOST_TEST(s.it.take_more(*c, 0).value().packed() == 1'048'576U);
    const auto plain = s.it.take_more(*c, 0).value();
    BOOST_TEST(plain.text() == "hi");
    BOOST_TEST(plain.packed() == 0U);
    BOOST_TEST(c->inbound[0].position() == 1'000U + 1'048'576 + 2);
    BOOST_TEST(s.hear(body(R"(,"zstd":7,"offset":5000000,"eof":true)", std::string(262'144, 'x'))) == "data data");
    BOOST_TEST(s.it.take_more(*c, 0).value().size() == 262'144U);
    BOOST_TEST(c->inbound[0].position() == 5'000'007U);
}

BOOST_AUTO_TEST_CASE(compressed_bodies_that_cannot_be) {
    const auto outcome = [](bool allowed, std::string_view zstd, std::string_view bytes) {
        auto up = to_server("data");
        up.may_be_packed = allowed;
        server s;
        const std::vector<stream_spec> streams(1, up);
        s.open(7, streams);
        return s.hear(
            frame(notice("rpc.data", R"({"call":7,"stream":"data","zstd":)" + std::string(zstd) + "}"), bytes));
    };
    const std::string refused = "failed error(invalid_request null)";
    BOOST_TEST(outcome(true, "5", "abc") == "data");
    BOOST_TEST(outcome(false, "5", "abc") == refused);
    BOOST_TEST(outcome(true, "0", "abc") == refused);
    BOOST_TEST(outcome(true, "1048577", "abc") == refused);
    BOOST_TEST(outcome(true, "\"5\"", "abc") == refused);
    BOOST_TEST(outcome(true, "5", "") == refused);
    BOOST_TEST(outcome(true, "1000000", std::string(262'145, 'x')) == refused);
}

/// Only where the stream says so.
BOOST_AUTO_TEST_CASE(positions_that_are_not_asked_for) {
    for (const auto& wrong : {note("rpc.credit", R"({"call":7,"stream":"stdout","bytes":0,"offset":9})"),
                              note("rpc.data", R"({"call":7,"stream":"stdin","offset":9})")}) {
        server s;
        s.open(7, exec_streams);
        BOOST_TEST(s.hear(wrong) == "failed error(invalid_request null)");
    }
}

BOOST_AUTO_TEST_CASE(empty_bodies) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear(data_frame(7, "stdin", "")) == "");
    BOOST_TEST(s.hear(note("rpc.data", R"({"call":7,"stream":"stdin","eof":false})")) == "");
    BOOST_TEST(!c->inbound[0].eof());
    BOOST_TEST(s.hear(data_frame(7, "stdin", "", true)) == "data");
    BOOST_TEST(c->inbound[0].eof());
    BOOST_TEST(!s.it.take(*c, 0).has_value());
}

/// A call by its string id, and all four by any client that writes its members in another order.
BOOST_AUTO_TEST_CASE(ids_and_order_of_members_do_not_matter) {
    server s;
    const auto c = s.it.open(call_id("x"), exec_streams, call_class::bulk).value();
    BOOST_TEST(s.hear(frame(notice("rpc.data", R"({"eof":true,"stream":"stdin","call":"x"})"), "b")) == "data data");
    BOOST_TEST(take_all(s.it, *c, 0) == "b");
    BOOST_TEST(s.hear(note("rpc.credit", R"({"bytes":1,"stream":"stderr","call":"x"})")) == "credit");
    BOOST_TEST(s.last.stream == 1U);
    BOOST_TEST(s.hear(note("rpc.cancel", R"({"call":"y"})")) == "");
    BOOST_TEST(s.hear(note("rpc.cancel", R"({"call":"x"})")) == "cancelled");
}

/// Without a well-formed call, or for one that is not in flight: not a word, whatever else is in it.
BOOST_AUTO_TEST_CASE(what_belongs_to_no_call_is_dropped) {
    for (const auto* method : {"rpc.data", "rpc.credit", "rpc.stop", "rpc.cancel"}) {
        for (const auto* params :
             {R"({})", R"([])", R"(null)", R"(7)", R"({"stream":"stdin"})", R"({"call":null,"stream":"stdin"})",
              R"({"call":7.0,"stream":"stdin"})", R"({"call":-7})", R"({"call":"7","stream":"stdin"})",
              R"({"call":8,"stream":"stdin","bytes":-5,"eof":"x","more":1})", R"({"call":[7]})", R"({"call":""})"}) {
            BOOST_TEST_CONTEXT(method << " " << params) {
                server s;
                s.open(7, exec_streams);
                BOOST_TEST(s.hear(note(method, params)) == "");
                BOOST_TEST(s.hear(frame(R"({"jsonrpc":"2.0","method":")" + std::string(method) + "\"}")) == "");
                BOOST_TEST(s.hear_frame(request("9", "rpc.ping")) == "request");
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(what_is_malformed_for_a_call_in_flight_ends_it) {
    const std::vector<std::pair<std::string_view, std::string_view>> cases{
        {"rpc.data", R"({"call":7})"},
        {"rpc.data", R"({"call":7,"stream":5})"},
        {"rpc.data", R"({"call":7,"stream":null})"},
        {"rpc.data", R"({"call":7,"stream":""})"},
        {"rpc.data", R"({"call":7,"stream":"stdin\u0000"})"},
        {"rpc.data", R"({"call":7,"stream":"STDIN"})"},
        {"rpc.data", R"({"call":7,"stream":"stdout"})"}, // wrong direction
        {"rpc.data", R"({"call":7,"stream":"stdin","eof":1})"},
        {"rpc.data", R"({"call":7,"stream":"stdin","eof":null})"},
        {"rpc.data", R"({"call":7,"stream":"stdin","more":1})"},
        {"rpc.data", R"({"call":7,"stream":"stdin","bytes":1})"},
        {"rpc.data", R"({"call":7,"stream":"stdin","eof":true,"digest":"x"})"}, // stdin takes none
        {"rpc.credit", R"({"call":7})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout"})"},
        {"rpc.credit", R"({"call":7,"bytes":1})"},
        {"rpc.credit", R"({"call":7,"stream":"stdin","bytes":1})"}, // wrong direction
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":-1})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":-0})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":1.0})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":1e3})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":"1"})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":9007199254740992})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":18446744073709551616})"},
        {"rpc.credit", R"({"call":7,"stream":"stdout","bytes":1,"more":1})"},
        {"rpc.stop", R"({"call":7})"},
        {"rpc.stop", R"({"call":7,"stream":"stdin"})"}, // wrong direction
        {"rpc.stop", R"({"call":7,"stream":"other"})"},
        {"rpc.stop", R"({"call":7,"stream":"stdout","more":1})"},
        {"rpc.cancel", R"({"call":7,"stream":"stdout"})"},
        {"rpc.cancel", R"({"call":7,"more":null})"},
    };
    for (const auto& [method, params] : cases) BOOST_TEST_CONTEXT(method << " " << params) {
            server s;
            const auto c = s.open(7, exec_streams);
            BOOST_TEST(s.hear(note(method, params)) == "failed error(invalid_request null)");
            BOOST_TEST((s.it.over() && !c->open));
        }
}

BOOST_AUTO_TEST_CASE(nothing_follows_eof) {
    for (const auto& after :
         {data_frame(7, "stdin", "x"), data_frame(7, "stdin", ""), data_frame(7, "stdin", "", true)}) {
        server s;
        s.open(7, exec_streams);
        s.hear(data_frame(7, "stdin", "", true));
        BOOST_TEST(s.hear(after) == "failed error(invalid_request null)");
    }
}

/// Stop ends the stream without eof; what crossed it is dropped, its eof is no fault.
BOOST_AUTO_TEST_CASE(data_that_crosses_a_stop_is_dropped) {
    server s;
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", "early"));
    s.it.stop(*c, 0);
    BOOST_TEST(s.said() == "rpc.stop");
    s.it.stop(*c, 0);
    BOOST_TEST(s.said() == "");
    BOOST_TEST(!s.it.take(*c, 0).has_value());
    BOOST_TEST(s.hear(data_frame(7, "stdin", "late")) == "");
    BOOST_TEST(!s.it.take(*c, 0).has_value());
    s.hear(data_frame(7, "stdin", "last", true));
    BOOST_TEST(!s.it.take(*c, 0).has_value());
    BOOST_TEST(!s.it.over());
    BOOST_TEST(s.hear(data_frame(7, "stdin", "x")) == "failed error(invalid_request null)");
}

/// A stop in the middle of a body: the rest of it is dropped, the next frame is found.
BOOST_AUTO_TEST_CASE(a_stop_inside_a_body) {
    const std::string body(piece_size + 100, 'b');
    const auto bytes = data_frame(7, "stdin", body) + frame(request("8", "rpc.ping"));
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear(std::string_view(bytes).substr(0, piece_size + 150)) == "data");
    s.it.stop(*c, 0);
    BOOST_TEST(s.said() == "rpc.stop");
    BOOST_TEST(s.hear(std::string_view(bytes).substr(piece_size + 150)) == "request");
    BOOST_TEST(!s.it.take(*c, 0).has_value());
}

BOOST_AUTO_TEST_CASE(an_answer_inside_a_body) {
    const std::string body(1'000, 'b');
    const auto bytes = data_frame(7, "data", body, true) + frame(request("8", "rpc.ping"));
    server s;
    const auto c = s.open(7, put_streams);
    BOOST_TEST(s.hear(std::string_view(bytes).substr(0, 500)) == "");
    s.it.finish(*c, failure(errc::no_space));
    s.said();
    BOOST_TEST(s.hear(std::string_view(bytes).substr(500)) == "request"); // what is on the way is dropped
}

BOOST_AUTO_TEST_CASE(a_stop_after_eof_is_not_sent) {
    server s;
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", "all", true));
    s.it.stop(*c, 0);
    BOOST_TEST(s.said() == "");
    BOOST_TEST(!s.it.take(*c, 0).has_value());
}

BOOST_AUTO_TEST_CASE(a_stop_of_the_peer_ends_sending) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear(note("rpc.stop", R"({"call":7,"stream":"stderr"})")) == "stopped");
    BOOST_TEST(s.last.stream == 1U);
    BOOST_TEST(s.it.sendable(*c, 1) == 0U);
    BOOST_TEST(s.it.sendable(*c, 0) > 0U); // no other stream is touched
    s.it.send_eof(*c, 1);
    BOOST_TEST(s.said() == "");
}

BOOST_AUTO_TEST_CASE(stop_and_credit_may_cross_eof) {
    server s;
    const auto c = s.open(7, exec_streams);
    s.it.send_eof(*c, 0);
    s.said();
    BOOST_TEST(s.hear(note("rpc.credit", R"({"call":7,"stream":"stdout","bytes":1})")) == "credit");
    BOOST_TEST(s.hear(note("rpc.stop", R"({"call":7,"stream":"stdout"})")) == "stopped");
    BOOST_TEST(s.it.sendable(*c, 0) == 0U);
}

BOOST_AUTO_TEST_CASE(the_digest_stands_on_the_eof_frame_of_a_put) {
    struct {
        std::string_view member, digest;
    } const good[] = {
        {R"(,"digest":"sha256:00")", "sha256:00"},
        {R"(,"digest":"nonsense")", "nonsense"}, // the put's own affair
        {R"(,"digest":5)", ""},
        {R"(,"digest":null)", ""},
    };

    for (const auto& g : good) {
        server s;
        const auto c = s.open(7, put_streams);
        BOOST_TEST(s.hear(note("rpc.data", R"({"call":7,"stream":"data","eof":true)" + std::string(g.member) + "}")) ==
                   "data");
        BOOST_TEST_REQUIRE(c->inbound[0].digest().has_value());
        BOOST_TEST(*c->inbound[0].digest() == g.digest);
    }
    server without;
    const auto c = without.open(7, put_streams);
    without.hear(data_frame(7, "data", "x", true));
    BOOST_TEST(!c->inbound[0].digest().has_value());
    // On any other frame it is an unknown member.
    for (const auto* params : {R"({"call":7,"stream":"data","digest":"sha256:00"})",
                               R"({"call":7,"stream":"data","eof":false,"digest":"sha256:00"})"}) {
        server s;
        s.open(7, put_streams);
        BOOST_TEST(s.hear(note("rpc.data", params)) == "failed error(invalid_request null)");
    }
}

BOOST_AUTO_TEST_CASE(an_eof_can_carry_a_digest) {
    client k;
    const auto c = k.start("put", put_streams);
    k.it.send_eof(*c, 0, "sha256:00");
    k.it.send_eof(*c, 0, "sha256:01");
    const auto frames = k.sent();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].json().at("params").at("digest").as_string() == "sha256:00");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

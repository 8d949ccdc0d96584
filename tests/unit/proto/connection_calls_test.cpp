// A server's table of calls: opening, answering, cancelling, in_flight.

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace {

using namespace tug::proto;
using namespace tug::test;

limits small_table(std::uint32_t in_flight) {
    limits sizes;
    sizes.in_flight = in_flight;
    return sizes;
}

BOOST_AUTO_TEST_SUITE(connection_calls_test)

BOOST_AUTO_TEST_CASE(a_request_is_handed_over) {
    server s;
    const auto bytes = frame(request("7", "get", R"({"path":"a"})"));
    s.it.feed(bytes_of(bytes));
    const auto e = s.it.next();
    BOOST_TEST((e.kind == event::type::request));
    BOOST_TEST(e.message.method == "get");
    BOOST_TEST((e.message.id == call_id(7)));
    BOOST_TEST(boost::json::serialize(*e.message.params) == R"({"path":"a"})");
    BOOST_TEST((s.it.next().kind == event::type::need_more));
}

BOOST_AUTO_TEST_CASE(answers_carry_the_id_with_its_type) {
    server s;
    s.it.respond(call_id(7), "x");
    s.it.respond(call_id("7"), {{"a", 1}});
    s.it.refuse(call_id("7"), {errc::method_not_found, "no"});
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 3U);
    BOOST_TEST(frames[0].envelope == R"({"jsonrpc":"2.0","id":7,"result":"x"})");
    BOOST_TEST(frames[1].envelope == R"({"jsonrpc":"2.0","id":"7","result":{"a":1}})");
    BOOST_TEST(error_text(frames[2].json()) == R"(method_not_found "7")");
}

BOOST_AUTO_TEST_CASE(a_result_comes_after_eof_of_every_stream) {
    server s;
    const auto c = s.open(7, exec_streams);
    s.it.send(*c, 0, chunk::copy_of("out"));
    s.it.send_eof(*c, 0);
    s.it.finish(*c, {{"reason", "exited"}});
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 4U);
    BOOST_TEST(frames[0].envelope == R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"stdout"}})");
    BOOST_TEST(frames[0].body == "out");
    BOOST_TEST(frames[1].json().at("params").at("eof").as_bool());
    BOOST_TEST(frames[2].envelope ==
               R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":7,"stream":"stderr","eof":true}})");
    BOOST_TEST(frames[3].envelope == R"({"jsonrpc":"2.0","id":7,"result":{"reason":"exited"}})");
    BOOST_TEST(!c->open);
    BOOST_TEST(s.it.calls().empty());
}

BOOST_AUTO_TEST_CASE(a_stopped_stream_has_no_eof) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear_frame(notice("rpc.stop", R"({"call":7,"stream":"stdout"})")) == "stopped");
    s.it.finish(*c, no_result);
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 2U);
    BOOST_TEST(std::string_view(frames[0].json().at("params").at("stream").as_string()) == "stderr");
}

BOOST_AUTO_TEST_CASE(an_error_comes_without_eof) {
    server s;
    const auto c = s.open(7, get_streams);
    s.it.send(*c, 0, chunk::copy_of("half"));
    s.it.finish(*c, failure(errc::io_error, "the file shrank"));
    BOOST_TEST(s.said() == "rpc.data error(io_error 7)");
    BOOST_TEST(!c->open);
}

BOOST_AUTO_TEST_CASE(after_the_answer_nothing_is_sent) {
    server s;
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", std::string(1'000'000, 'x')));
    s.it.finish(*c, no_result);
    s.said();
    s.it.finish(*c, no_result);
    s.it.finish(*c, failure(errc::cancelled));
    s.it.send(*c, 0, chunk::copy_of("late"));
    s.it.send_eof(*c, 0);
    s.it.stop(*c, 0);
    s.it.cancel(*c);
    BOOST_TEST(s.it.sendable(*c, 0) == 0U);
    static_cast<void>(take_all(s.it, *c, 0));
    BOOST_TEST(s.said() == "");
}

BOOST_AUTO_TEST_CASE(an_id_is_free_again_after_its_answer) {
    server s;
    const auto first = s.open(7, {});
    BOOST_TEST(s.hear_frame(request("7", "exec")) == "error(invalid_request null call=7)");
    s.it.finish(*first, no_result);
    s.said();
    BOOST_TEST(s.hear_frame(request("7", "exec")) == "request");
    const auto second = s.open(7, {});
    BOOST_TEST((second != first));
    BOOST_TEST(second->open);
}

BOOST_AUTO_TEST_CASE(calls_over_the_limit_are_busy) {
    server s(small_table(2));
    const auto first = s.open(1, exec_streams);
    s.open(2, put_streams);
    const auto third = s.it.open(call_id(3), get_streams, call_class::bulk);
    BOOST_TEST_REQUIRE(!third.has_value());
    BOOST_TEST((third.error().code == errc::busy));
    s.it.finish(*first, no_result);
    BOOST_TEST(s.it.open(call_id(3), get_streams, call_class::bulk).has_value());
    BOOST_TEST(s.it.calls().size() == 2U);
}

/// So many of a class as it may have, and one more.
std::size_t taken(server& s, call_class lives, std::uint64_t first_id) {
    std::size_t n = 0;
    while (s.it.open(call_id(first_id + n), {}, lives).has_value()) ++n;
    return n;
}

BOOST_AUTO_TEST_CASE(no_class_takes_a_place_of_another) {
    limits sizes;
    sizes.in_flight = 2;
    sizes.long_in_flight = 3;
    const std::vector<call_class> all{call_class::short_lived, call_class::bulk, call_class::long_lived};
    const std::vector<std::size_t> most{short_in_flight, 2, 3};
    for (std::size_t first = 0; first < all.size(); ++first) {
        server s(sizes);
        for (std::size_t n = 0; n < all.size(); ++n) {
            const auto at = (first + n) % all.size();
            BOOST_TEST(taken(s, all[at], 1000 * at) == most[at]);
        }
        s.it.finish(*s.it.find(call_id(2000)), no_result);
        BOOST_TEST(taken(s, call_class::bulk, 5000) == 0U);
        BOOST_TEST(taken(s, call_class::long_lived, 5000) == 1U);
    }
}

/// A side that attaches objects of its own.
struct noted final : call_sink {
    std::string seen;

    void on_data(std::size_t /*stream*/) override { seen += "data "; }

    void on_credit(std::size_t /*stream*/) override { seen += "credit "; }

    void on_stopped(std::size_t /*stream*/) override { seen += "stopped "; }

    void on_starved() override { seen += "starved "; }

    void on_cancelled() override { seen += "cancelled "; }
};

BOOST_AUTO_TEST_CASE(calls_are_found_by_id) {
    server s(small_table(1000));
    std::vector<call_ptr> all;
    // In no order, and a text is another id than the number that it looks like.
    for (std::uint64_t i = 0; i < 500; ++i) {
        all.push_back(s.it.open(call_id(i * 7919 % 500), put_streams, call_class::bulk).value());
        all.push_back(s.it.open(call_id(std::to_string(i * 6007 % 500)), put_streams, call_class::bulk).value());
    }
    BOOST_TEST(s.it.calls().size() == 1000U);
    BOOST_TEST(std::ranges::is_sorted(s.it.calls(), {}, [](const call_ptr& c) { return c->id; }));
    for (std::size_t i = 0; i < all.size(); ++i) {
        BOOST_TEST_REQUIRE((s.it.find(all[i]->id) == all[i]));
        if (i % 3 == 0) s.it.finish(*all[i], no_result);
    }
    for (std::size_t i = 0; i < all.size(); ++i)
        BOOST_TEST_REQUIRE((s.it.find(all[i]->id) == (i % 3 == 0 ? nullptr : all[i])));
    BOOST_TEST((s.it.find(call_id(500)) == nullptr));
    BOOST_TEST((s.it.find(call_id("x")) == nullptr));
}

BOOST_AUTO_TEST_CASE(the_table_has_the_objects_of_the_layer_above) {
    server s;
    noted sink;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST((sink_of<noted>(*c) == nullptr));
    s.it.attach(*c, sink);
    BOOST_TEST((sink_of<noted>(*s.it.find(call_id(7))) == &sink));
    s.it.finish(*c, no_result);
    BOOST_TEST(s.it.calls().empty());
    s.it.detach(*c);
    BOOST_TEST((sink_of<noted>(*c) == nullptr));
}

/// The layer above finds them there to end them.
BOOST_AUTO_TEST_CASE(calls_with_a_sink_stay_until_it_is_detached) {
    server s;
    noted sink;
    const auto with = s.open(7, exec_streams);
    const auto without = s.open(8, exec_streams);
    s.it.attach(*with, sink);
    s.it.fail({errc::timed_out, "too slow"});
    BOOST_TEST((!with->open && !without->open));
    BOOST_TEST_REQUIRE(s.it.calls().size() == 1U);
    BOOST_TEST((s.it.calls()[0] == with));
    s.it.finish(*with, no_result);
    s.it.detach(*with);
    BOOST_TEST(s.it.calls().empty());
    s.it.detach(*with);
}

/// A side that gives a call up lets go of it; that it is in flight is for the peer to end.
BOOST_AUTO_TEST_CASE(an_open_call_stays_without_its_sink) {
    client k;
    noted sink;
    const auto c = k.start("get", get_streams);
    k.it.attach(*c, sink);
    k.it.detach(*c);
    BOOST_TEST(k.it.calls().size() == 1U);
    BOOST_TEST(k.hear_frame(R"({"jsonrpc":"2.0","id":1,"error":{"code":-32800,"message":"late"}})") == "answered");
    BOOST_TEST(k.it.calls().empty());
}

BOOST_AUTO_TEST_CASE(streams_are_sorted_by_direction) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST_REQUIRE(c->inbound.size() == 1U);
    BOOST_TEST_REQUIRE(c->outbound.size() == 2U);
    BOOST_TEST(c->inbound[0].spec().name == "stdin");
    BOOST_TEST(c->outbound[0].spec().name == "stdout");
    BOOST_TEST(c->outbound[1].spec().name == "stderr");
    client k;
    const auto d = k.start("exec", exec_streams);
    BOOST_TEST(d->inbound.size() == 2U);
    BOOST_TEST(d->outbound.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_cancelled_call_is_still_answered_once) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear_frame(notice("rpc.cancel", R"({"call":7})")) == "cancelled");
    BOOST_TEST((s.last.call == c));
    BOOST_TEST(c->open);
    s.it.finish(*c, failure(errc::cancelled));
    BOOST_TEST(s.said() == "error(cancelled 7)");
    BOOST_TEST(s.hear_frame(notice("rpc.cancel", R"({"call":7})")) == ""); // it crossed the answer
}

BOOST_AUTO_TEST_CASE(a_result_that_does_not_fit_is_an_error) {
    server s;
    s.it.respond(call_id(7), boost::json::value(std::string(limits().envelope, 'x')));
    BOOST_TEST(s.said() == "error(internal_error 7)");
    const std::string_view around = R"({"jsonrpc":"2.0","id":7,"result":""})";
    s.it.respond(call_id(7), boost::json::value(std::string(limits().envelope - around.size(), 'x')));
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].envelope.size() == limits().envelope);
}

BOOST_AUTO_TEST_CASE(nothing_is_answered_when_it_is_over) {
    server s;
    const auto c = s.open(7, exec_streams);
    s.it.fail({errc::timed_out, "too slow"});
    BOOST_TEST(s.said() == "error(timed_out null)");
    BOOST_TEST(!c->open);
    BOOST_TEST(s.it.calls().empty());
    s.it.fail(errc::internal_error);
    s.it.respond(call_id(1), {});
    s.it.refuse(call_id(1), errc::busy);
    s.it.finish(*c, no_result);
    BOOST_TEST(s.said() == "");
    BOOST_TEST((s.it.why().code == errc::timed_out));
    BOOST_TEST(s.hear_frame(request("8", "rpc.ping")) == "");
    BOOST_TEST(!s.it.inside_envelope());
    BOOST_TEST(!s.it.inside_body());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

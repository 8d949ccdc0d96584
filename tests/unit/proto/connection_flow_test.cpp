// Flow control, to the byte, both ways.

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>

namespace {

using namespace tug::proto;
using namespace tug::test;

limits window_of(std::uint64_t window) {
    limits sizes;
    sizes.window = window;
    return sizes;
}

std::string credit(std::uint64_t bytes, std::string_view stream = "stdout") {
    return frame(notice("rpc.credit", R"({"call":7,"stream":")" + std::string(stream) + R"(","bytes":)" +
                                          std::to_string(bytes) + "}"));
}

BOOST_AUTO_TEST_SUITE(connection_flow_test)

BOOST_AUTO_TEST_CASE(the_window_is_the_limit) {
    server s(window_of(10));
    s.open(7, exec_streams);
    BOOST_TEST(s.hear(data_frame(7, "stdin", "0123456789")) == "data");
    BOOST_TEST(s.hear(data_frame(7, "stdin", "")) == "");
    BOOST_TEST(s.hear(data_frame(7, "stdin", "x")) == "failed error(flow_control_violation null)");

    server t(window_of(10));
    t.open(7, exec_streams);
    BOOST_TEST(t.hear(data_frame(7, "stdin", "0123456789x")) == "failed error(flow_control_violation null)");
}

BOOST_AUTO_TEST_CASE(the_violation_is_seen_before_the_body) {
    server s(window_of(10));
    s.open(7, exec_streams);
    const auto bytes = data_frame(7, "stdin", std::string(1'000, 'x'));
    BOOST_TEST(s.hear(std::string_view(bytes).substr(0, bytes.size() - 1'000)) ==
               "failed error(flow_control_violation null)");
}

BOOST_AUTO_TEST_CASE(eof_needs_no_credit) {
    server s(window_of(10));
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", "0123456789"));
    BOOST_TEST(s.hear(data_frame(7, "stdin", "", true)) == "data");
    BOOST_TEST(c->inbound[0].eof());
    // What it carries does need it.
    server t(window_of(10));
    t.open(7, exec_streams);
    t.hear(data_frame(7, "stdin", "0123456789"));
    BOOST_TEST(t.hear(data_frame(7, "stdin", "x", true)) == "failed error(flow_control_violation null)");
}

BOOST_AUTO_TEST_CASE(data_that_crosses_a_stop_counts) {
    server s(window_of(10));
    const auto c = s.open(7, exec_streams);
    s.it.stop(*c, 0);
    s.said();
    BOOST_TEST(s.hear(data_frame(7, "stdin", "0123456789")) == "");
    BOOST_TEST(s.hear(data_frame(7, "stdin", "x")) == "failed error(flow_control_violation null)");
}

BOOST_AUTO_TEST_CASE(taking_grants_what_was_taken) {
    server s(window_of(8));
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", "0"));
    static_cast<void>(take_all(s.it, *c, 0));
    BOOST_TEST(s.said() == ""); // less than a quarter
    s.hear(data_frame(7, "stdin", "12345"));
    static_cast<void>(take_all(s.it, *c, 0));
    const auto frames = s.sent();
    BOOST_TEST_REQUIRE(frames.size() == 1U);
    BOOST_TEST(frames[0].envelope ==
               R"({"jsonrpc":"2.0","method":"rpc.credit","params":{"call":7,"stream":"stdin","bytes":6}})");
    // Six were granted: eight may come and no ninth.
    BOOST_TEST(s.hear(data_frame(7, "stdin", "01234567")) == "data");
    BOOST_TEST(s.hear(data_frame(7, "stdin", "8")) == "failed error(flow_control_violation null)");
}

BOOST_AUTO_TEST_CASE(who_does_not_take_does_not_grant) {
    server s(window_of(8));
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", "01234567"));
    BOOST_TEST(s.said() == "");
    BOOST_TEST(c->inbound[0].credit() == 0U);
    BOOST_TEST(take_all(s.it, *c, 0) == "01234567");
    BOOST_TEST(s.said() == "rpc.credit");
}

/// A put with a window of 100 on a link of 50 ms.
struct long_link : server {
    long_link() : server(window_of(100)) { it.let_windows_grow(10'000, budget); }

    static constexpr time_point ms = 1'000'000;
    std::shared_ptr<credit_budget> budget = std::make_shared<credit_budget>(10'000);
};

/// The first grant measures the link, the next one fills it.
BOOST_AUTO_TEST_CASE(a_window_grows_on_a_long_link) {
    long_link s;
    const auto c = s.open(7, exec_streams);
    s.it.set_time(0);
    s.hear(data_frame(7, "stdin", std::string(100, 'x')));
    BOOST_TEST(take_all(s.it, *c, 0).size() == 100U);
    BOOST_TEST(c->inbound[0].window() == 100U); // the link is not known
    s.it.set_time(50 * long_link::ms);
    s.hear(data_frame(7, "stdin", std::string(100, 'x')));
    s.it.set_time(51 * long_link::ms);
    s.said();
    BOOST_TEST(take_all(s.it, *c, 0).size() == 100U);
    BOOST_TEST(c->inbound[0].window() == 10'000U); // 100 bytes a ms
    BOOST_TEST(c->inbound[0].credit() == 10'000U);
    BOOST_TEST(s.budget->charged() == 10'000U);
    BOOST_TEST(s.sent().at(0).envelope.ends_with(R"("bytes":10000}})"));
}

BOOST_AUTO_TEST_CASE(the_login_measures_the_link) {
    talker s(role::server, window_of(100));
    s.it.let_windows_grow(10'000, std::make_shared<credit_budget>(10'000));
    s.it.greet(sample_hello(true, window_of(100)));
    s.it.set_time(50 * long_link::ms);
    s.hear_frame(request("1", "rpc.authenticate"));
    s.it.admit(call_id(1), {});
    const auto c = s.it.open(call_id(7), exec_streams, call_class::bulk).value();
    s.hear(data_frame(7, "stdin", std::string(100, 'x')));
    static_cast<void>(take_all(s.it, *c, 0));
    BOOST_TEST(c->inbound[0].window() == 10'000U);
}

BOOST_AUTO_TEST_CASE(the_windows_of_a_client_grow_as_well) {
    client s(window_of(100));
    s.it.let_windows_grow(10'000, std::make_shared<credit_budget>(20'000));
    s.it.set_time(0);
    const auto ping = s.start("rpc.ping", {});
    const auto c = s.start("exec", exec_streams);
    s.it.set_time(50 * long_link::ms);
    s.hear_frame(R"({"jsonrpc":"2.0","id":1,"result":{}})");
    s.hear(data_frame(2, "stdout", std::string(100, 'x')));
    static_cast<void>(take_all(s.it, *c, 0));
    BOOST_TEST(c->inbound[0].window() == 10'000U);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_stream_or_of_a_call_gives_its_window_back) {
    long_link s;
    const auto by_eof = s.open(1, exec_streams);
    const auto by_stop = s.open(2, exec_streams);
    auto by_answer = s.open(3, exec_streams);
    BOOST_TEST(s.budget->charged() == 300U);
    s.hear(data_frame(1, "stdin", "abc", true));
    BOOST_TEST(s.budget->charged() == 300U); // something waits
    static_cast<void>(take_all(s.it, *by_eof, 0));
    BOOST_TEST(s.budget->charged() == 200U);
    s.it.stop(*by_stop, 0);
    BOOST_TEST(s.budget->charged() == 100U);
    s.it.finish(*by_answer, boost::json::object());
    by_answer.reset();
    BOOST_TEST(s.budget->charged() == 0U);
}

/// What a reader holds is in the window, too: the memory of a stream is never more.
BOOST_AUTO_TEST_CASE(what_a_reader_has_not_done_with_is_not_granted) {
    server s(window_of(100));
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", std::string(60, 'x')));
    BOOST_TEST(s.it.take(*c, 0)->size() == 60U);
    BOOST_TEST(!s.it.take_more(*c, 0));
    BOOST_TEST(s.said() == "");
    BOOST_TEST(c->inbound[0].credit() == 40U);
    BOOST_TEST(!s.it.take(*c, 0)); // it comes back for more
    BOOST_TEST(s.said() == "rpc.credit");
    BOOST_TEST(c->inbound[0].credit() == 100U);
}

BOOST_AUTO_TEST_CASE(nothing_is_granted_after_eof) {
    server s(window_of(8));
    const auto c = s.open(7, exec_streams);
    s.hear(data_frame(7, "stdin", "01234567", true));
    static_cast<void>(take_all(s.it, *c, 0));
    BOOST_TEST(s.said() == "");
}

BOOST_AUTO_TEST_CASE(sending_uses_credit_up) {
    server s(window_of(10));
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.it.sendable(*c, 0) == 10U);
    s.it.send(*c, 0, chunk::copy_of("0123"));
    BOOST_TEST(s.it.sendable(*c, 0) == 6U);
    s.it.send(*c, 0, chunk());
    s.it.send(*c, 0, chunk::copy_of("456789"));
    BOOST_TEST(s.it.sendable(*c, 0) == 0U);
    BOOST_TEST(s.it.sendable(*c, 1) == 10U); // one stalled stream stalls no other
    BOOST_TEST(s.said() == "rpc.data rpc.data");
    BOOST_TEST(s.hear(credit(0)) == "credit");
    BOOST_TEST(s.it.sendable(*c, 0) == 0U);
    BOOST_TEST(s.hear(credit(3)) == "credit");
    BOOST_TEST(s.it.sendable(*c, 0) == 3U);
}

BOOST_AUTO_TEST_CASE(credit_saturates) {
    server s;
    const auto c = s.open(7, exec_streams);
    for (int i = 0; i < 3; ++i) BOOST_TEST(s.hear(credit(max_integer)) == "credit");
    BOOST_TEST(c->outbound[0].credit() == max_integer);
    BOOST_TEST(s.it.sendable(*c, 0) == s.it.sizes().body); // a frame holds no more than that
}

BOOST_AUTO_TEST_CASE(a_frame_holds_no_more_than_the_peer_takes) {
    limits sizes;
    sizes.body = 100;
    client k(sizes);
    const auto c = k.start("put", put_streams);
    BOOST_TEST(k.it.sendable(*c, 0) == 100U);
}

BOOST_AUTO_TEST_CASE(eof_is_sent_without_credit) {
    server s(window_of(4));
    const auto c = s.open(7, get_streams);
    s.it.send(*c, 0, chunk::copy_of("0123"));
    BOOST_TEST(s.it.sendable(*c, 0) == 0U);
    s.it.finish(*c, no_result);
    BOOST_TEST(s.said() == "rpc.data rpc.data result");
}

/// Both sides of the core, joined: all the bytes of a stream arrive, however small the window.
BOOST_AUTO_TEST_CASE(two_sides_bring_everything_over) {
    for (const std::uint64_t window : {1, 2, 3, 7, 64, 1'000}) {
        BOOST_TEST_CONTEXT("window " << window) {
            client k(window_of(window));
            server s(window_of(window));
            const auto up = k.it.start("put", {}, put_streams, call_class::bulk).value();
            BOOST_TEST(s.hear(drain(k.it.output())) == "request");
            const auto down = s.open(1, put_streams);
            std::string sent;
            std::string arrived;
            for (int i = 0; i < 500; ++i) {
                const std::string text(std::min<std::size_t>(k.it.sendable(*up, 0), 11),
                                       static_cast<char>('a' + i % 26));
                BOOST_TEST_REQUIRE(!text.empty()); // never starved for good
                sent += text;
                k.it.send(*up, 0, chunk::copy_of(text));
                s.it.feed({});
                const auto bytes = drain(k.it.output());
                s.it.feed(bytes_of(bytes));
                while (s.it.next().kind != event::type::need_more) {
                }
                arrived += take_all(s.it, *down, 0);
                const auto answer = drain(s.it.output());
                k.it.feed(bytes_of(answer));
                while (k.it.next().kind != event::type::need_more) {
                }
            }
            BOOST_TEST(!s.it.over());
            BOOST_TEST((arrived == sent));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

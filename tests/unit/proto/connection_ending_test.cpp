// rpc.bye and the end of input, as a server sees them.

#include "support/talk.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>

namespace {

using namespace tug::proto;
using namespace tug::test;

const std::string bye = frame(notice("rpc.bye"));

/// The ids of the calls that next() reports as cancelled, in ascending order.
std::string cancelled_calls(server& s) {
    std::vector<std::string> ids;
    for (;;) {
        const auto e = s.it.next();
        if (e.kind != event::type::cancelled) break;
        std::string id;
        e.call->id.append_to(id);
        ids.push_back(id);
    }
    std::ranges::sort(ids);
    std::string out;
    for (const auto& id : ids) out += (out.empty() ? "" : " ") + id;
    return out;
}

/// Sends as much as the first outbound stream has credit for.
void use_up(server& s, call_state& c) {
    while (const auto n = s.it.sendable(c, 0)) s.it.send(c, 0, chunk::copy_of(std::string(n, 'x')));
    s.sent();
}

BOOST_AUTO_TEST_SUITE(connection_ending_test)

BOOST_AUTO_TEST_CASE(after_bye_there_are_no_new_calls) {
    server s;
    const auto c = s.open(7, exec_streams);
    BOOST_TEST(s.hear(bye) == "bye");
    BOOST_TEST(s.it.said_bye());
    BOOST_TEST(s.hear_frame(request("8", "exec")) == "error(invalid_request 8)");
    BOOST_TEST(s.hear_frame(request("7", "exec")) == "error(invalid_request null call=7)");
    BOOST_TEST(s.hear_frame(request(R"("x")", "rpc.ping")) == R"(error(invalid_request "x"))");
    // What is in flight goes on.
    BOOST_TEST(s.hear(data_frame(7, "stdin", "x", true)) == "data data");
    BOOST_TEST(s.hear_frame(notice("rpc.credit", R"({"call":7,"stream":"stdout","bytes":1})")) == "credit");
    BOOST_TEST(s.hear_frame(notice("rpc.cancel", R"({"call":7})")) == "cancelled");
    s.it.finish(*c, no_result);
    BOOST_TEST(s.said() == "rpc.data rpc.data result");
}

BOOST_AUTO_TEST_CASE(without_bye_the_end_is_for_the_layer_above) {
    server s;
    s.open(7, put_streams);
    s.it.end_of_input();
    BOOST_TEST(s.it.input_ended());
    BOOST_TEST(cancelled_calls(s) == "");
}

BOOST_AUTO_TEST_CASE(a_put_without_eof_cannot_end) {
    server s;
    s.open(1, put_streams);
    s.open(2, put_streams);
    s.hear(data_frame(2, "data", "x", true));
    s.hear(bye);
    s.it.end_of_input();
    BOOST_TEST(cancelled_calls(s) == "1"); // end of input is never taken for eof
}

BOOST_AUTO_TEST_CASE(an_exec_without_eof_of_stdin_cannot_end) {
    server s;
    const std::vector<stream_spec> no_stdin{to_client("stdout"), to_client("stderr")};
    s.open(1, exec_streams);
    s.open(2, no_stdin);
    const auto stopped = s.open(3, exec_streams);
    s.it.stop(*stopped, 0); // it wants no more of stdin
    s.hear(bye);
    s.it.end_of_input();
    BOOST_TEST(cancelled_calls(s) == "1");
}

/// It may have nothing more to send but eof, which needs no credit: who needs some finds out and gives up.
BOOST_AUTO_TEST_CASE(a_call_without_credit_looks_again) {
    limits sizes;
    sizes.window = 10;
    server s(sizes);
    const auto starved = s.open(1, get_streams);
    use_up(s, *starved);
    s.open(2, get_streams); // has credit
    const auto ended = s.open(3, get_streams);
    use_up(s, *ended);
    s.it.send_eof(*ended, 0);
    const auto stopped = s.open(4, get_streams);
    use_up(s, *stopped);
    s.hear_frame(notice("rpc.stop", R"({"call":4,"stream":"data"})"));
    s.hear(bye);
    s.it.end_of_input();
    const auto e = s.it.next();
    BOOST_TEST((e.kind == event::type::credit));
    BOOST_TEST(e.call == starved);
    BOOST_TEST((s.it.next().kind == event::type::need_more));
}

BOOST_AUTO_TEST_CASE(calls_without_streams_just_finish) {
    server s;
    s.open(1, {});
    s.hear(bye);
    s.it.end_of_input();
    BOOST_TEST(cancelled_calls(s) == "");
    BOOST_TEST(s.it.calls().size() == 1U);
}

BOOST_AUTO_TEST_CASE(the_end_is_reported_once) {
    server s;
    s.open(1, put_streams);
    s.hear(bye);
    s.it.end_of_input();
    s.it.end_of_input();
    BOOST_TEST(cancelled_calls(s) == "1");
    s.it.end_of_input();
    BOOST_TEST(cancelled_calls(s) == "");
}

/// The answer may be given, or the connection end, before next() comes to a call.
BOOST_AUTO_TEST_CASE(an_answered_call_is_not_cancelled) {
    server s;
    const auto c = s.open(1, put_streams);
    s.hear(bye);
    s.it.end_of_input();
    s.it.finish(*c, failure(errc::timed_out));
    BOOST_TEST(cancelled_calls(s) == "");
}

BOOST_AUTO_TEST_CASE(there_are_no_events_after_the_end) {
    server s;
    s.open(1, put_streams);
    s.hear(bye);
    s.it.end_of_input();
    s.it.fail(errc::timed_out);
    BOOST_TEST((s.it.next().kind == event::type::need_more));
    server t;
    t.it.fail(errc::timed_out);
    t.it.end_of_input();
    BOOST_TEST((t.it.next().kind == event::type::need_more));
}

/// Inside a frame the end of input is quiet: nothing of it is executed.
BOOST_AUTO_TEST_CASE(the_end_inside_a_frame) {
    const auto bytes = frame(request("1", "exec"));
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
        server s;
        BOOST_TEST(s.hear(bytes.substr(0, cut)) == "");
        BOOST_TEST(s.it.inside_envelope());
        s.it.end_of_input();
        BOOST_TEST(s.hear("") == "");
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

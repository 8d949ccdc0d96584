// Streams and calls beside each other: credit, stalls, and what breaks the protocol.

#include "support/heap.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <vector>

namespace {

using namespace tug::test;
constexpr std::size_t window = 1'048'576;

struct connected {
    test_server server;
    raw_client c = server.connect();

    std::uint64_t cat() { return c.call("exec", R"({"argv":["cat"],"stdin":true})"); }

    std::uint64_t get_large() {
        write_file(server.in_root("large"), sample_bytes(3'000'000));
        return c.call("get", R"({"path":"large"})");
    }

    /// What breaks the protocol is answered with that error and the end.
    void fatal(std::string_view method, std::string_view params, std::string_view error = "invalid_request",
               std::string_view body = "") {
        auto other = server.connect();
        other.call("exec", R"({"argv":["sleep","100"],"stdin":true})");
        other.note(method, params, body);
        BOOST_TEST_INFO(std::string(method) + " " + std::string(params));
        BOOST_TEST(other.hear() == "error(" + std::string(error) + " null)");
        BOOST_TEST(other.is_closed());
    }

    /// Dropped without a word.
    void dropped(std::string_view method, std::string_view params, std::string_view body = "") {
        c.note(method, params, body);
        BOOST_TEST_INFO(std::string(method) + " " + std::string(params));
        BOOST_TEST(c.is_served());
    }
};

BOOST_FIXTURE_TEST_SUITE(server_streams_test, connected)

/// One stream is stalled in each direction; 62 other calls and pings go through.
BOOST_AUTO_TEST_CASE(a_stall_stops_nobody_else) {
    c.gives_credit = false;
    const auto stalled_out = get_large();
    c.read(stalled_out, "data", window);
    const auto stalled_in = c.call("exec", R"({"shell":"read x; wc -c","stdin":true})");
    c.write(stalled_in, "stdin", "go" + std::string(window - 2, 'x')); // the line never ends
    std::vector<std::uint64_t> others;
    for (int i = 0; i < 62; ++i) others.push_back(cat());
    for (const auto id : others) c.write(id, "stdin", "of " + std::to_string(id), true);
    for (const auto id : others) BOOST_TEST(c.wait(id).text("stdout") == "of " + std::to_string(id));
    BOOST_TEST(c.ask("rpc.ping").error() == ""); // credit for what the stalled command has read may come before it
    BOOST_TEST(!c.is_answered(stalled_out));
    BOOST_TEST(!c.is_answered(stalled_in));
    c.cancel(stalled_in);
    BOOST_TEST(c.wait(stalled_in).at("reason") == R"("cancelled")");
    c.grant(stalled_out, "data", 10'000'000);
    BOOST_TEST(c.wait(stalled_out).at("bytes") == "3000000");
}

BOOST_AUTO_TEST_CASE(calls_over_the_limit_are_busy) {
    std::vector<std::uint64_t> all;
    for (int i = 0; i < 64; ++i) all.push_back(c.call("put", R"({"path":"a)" + std::to_string(i) + R"("})"));
    const auto& refused = c.ask("put", R"({"path":"b"})");
    BOOST_TEST(refused.error() == "busy");
    BOOST_TEST(refused.data("retryable") == "true");
    BOOST_TEST(c.ask("get", R"({"path":"b"})").error() == "busy");
    BOOST_TEST(c.ask("rpc.ping").error() == ""); // others do not count
    BOOST_TEST(c.ask("exec.signal", R"({"call":1,"signal":"INT"})").error() == "not_found");
    BOOST_TEST(server.connect().ask("get", R"({"path":"b"})").error() == "not_found"); // nor do other connections
    c.cancel(all[7]);
    BOOST_TEST(c.wait(all[7]).error() == "cancelled");
    BOOST_TEST(c.ask("get", R"({"path":"b"})").error() == "not_found");
    for (const auto id : all) c.cancel(id);
    for (const auto id : all) BOOST_TEST(c.wait(id).error() == "cancelled");
    BOOST_TEST(server.files() == "");
}

// --- credit ----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(more_than_the_credit) {
    const auto id = c.call("exec", R"({"shell":"sleep 100","stdin":true})");
    c.write(id, "stdin", std::string(window - 1, 'x'));
    c.write(id, "stdin", "");                       // costs nothing
    c.write(id, "stdin", std::string(window, 'x')); // more than what the pipe has taken may have brought back
    std::string said;
    while (said.empty() || said.starts_with("rpc.")) said = c.hear();
    BOOST_TEST(said == "error(flow_control_violation null)");
    BOOST_TEST(c.is_closed());
}

/// Data that crosses a stop counts, is dropped, and brings no new credit.
BOOST_AUTO_TEST_CASE(data_that_crosses_a_stop) {
    const auto id = c.call("exec", R"({"shell":"exec <&-; echo closed; sleep 100","stdin":true})");
    c.read(id, "stdout", 7);
    c.write(id, "stdin", "x");
    while (!c.of(id).streams["stdin"].stopped) c.step();
    c.write(id, "stdin", std::string(window - 1, 'x'));
    BOOST_TEST(c.is_served());
    c.write(id, "stdin", "x");
    BOOST_TEST(c.hear() == "error(flow_control_violation null)");
    BOOST_TEST(c.is_closed());
}

/// The last frame may be one of them.
BOOST_AUTO_TEST_CASE(eof_that_crosses_a_stop) {
    const auto id = c.call("exec", R"({"shell":"exec <&-; echo closed; read x","stdin":true})");
    c.read(id, "stdout", 7);
    c.write(id, "stdin", "x");
    c.write(id, "stdin", "", true);
    BOOST_TEST(c.wait(id).at("exit_code") == "1");
    BOOST_TEST(c.is_served());
}

// --- what is wrong with notifications --------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(for_no_call_in_flight) {
    dropped("rpc.data", R"({"call":99,"stream":"stdin"})", "body");
    dropped("rpc.data", R"({"call":99,"nonsense":true})", std::string(1'048'576, 'x'));
    dropped("rpc.data", R"({"call":-1})");
    dropped("rpc.data", R"({"stream":"stdin"})");
    dropped("rpc.data", "[]", "body");
    dropped("rpc.credit", R"({"call":"1","stream":"stdout","bytes":-1})");
    dropped("rpc.stop", R"({"call":null})");
    dropped("rpc.cancel", R"({"call":1.5})");
    dropped("rpc.cancel", "{}");
    c.send(frame(R"({"jsonrpc":"2.0","method":"rpc.cancel"})"));
    BOOST_TEST(c.is_served());
    BOOST_TEST(c.ask("exec", R"({"argv":["true"]})").error() == "");
    dropped("rpc.credit", R"({"call":1,"stream":"what","bytes":1})"); // its call is over
}

BOOST_AUTO_TEST_CASE(for_a_call_in_flight) {
    fatal("rpc.data", R"({"call":1})");
    fatal("rpc.data", R"({"call":1,"stream":7})");
    fatal("rpc.data", R"({"call":1,"stream":"what"})");
    fatal("rpc.data", R"({"call":1,"stream":"stdout"})", "invalid_request", "wrong direction");
    fatal("rpc.data", R"({"call":1,"stream":"stdin","eof":1})");
    fatal("rpc.data", R"({"call":1,"stream":"stdin","more":1})");
    fatal("rpc.data", R"({"call":1,"stream":"stdin","eof":true,"digest":"x"})");
    fatal("rpc.credit", R"({"call":1,"stream":"stdout"})");
    fatal("rpc.credit", R"({"call":1,"stream":"stdout","bytes":-1})");
    fatal("rpc.credit", R"({"call":1,"stream":"stdout","bytes":1.0})");
    fatal("rpc.credit", R"({"call":1,"stream":"stdin","bytes":1})");
    fatal("rpc.stop", R"({"call":1,"stream":"stdin"})");
    fatal("rpc.stop", R"({"call":1,"stream":"stdout","more":1})");
    fatal("rpc.cancel", R"({"call":1,"more":1})");
}

/// A call whose id is a string is named by a string.
BOOST_AUTO_TEST_CASE(ids_that_are_strings) {
    c.send(frame(request(R"("a call")", "exec", R"({"argv":["cat"],"stdin":true})")));
    dropped("rpc.data", R"({"call":"another call","stream":"stdin"})", "x");
    c.note("rpc.data", R"({"call":"a call","stream":"stdin","eof":true})", "hello");
    std::string body;
    for (;;) {
        const auto f = c.receive();
        body += f.body;
        if (!f.json().as_object().contains("id")) continue;
        BOOST_TEST(f.json().at("id").as_string() == "a call");
        break;
    }
    BOOST_TEST(body == "hello");
}

// --- memory ----------------------------------------------------------------------------------------------------------

/// Whatever its readers leave lying, a server holds no more than the windows of the streams, and the kernel some.
BOOST_AUTO_TEST_CASE(stalled_readers_take_bounded_memory) {
    c.gives_credit = false;
    const auto before = heap_in_use();
    std::vector<std::uint64_t> all;
    for (int i = 0; i < 8; ++i) all.push_back(c.call("exec", R"({"argv":["yes"]})"));
    // Not even read: the server stops writing.
    auto mute = server.connect();
    mute.gives_credit = false;
    const auto id = mute.call("exec", R"({"argv":["yes"]})");
    for (int i = 0; i < 8; ++i) c.read(all[static_cast<std::size_t>(i)], "stdout", window);
    BOOST_TEST(!c.has_input(200));
    std::size_t held = 0;
    for (const auto one : all) held += c.of(one).text("stdout").size();
    BOOST_TEST(held == 8 * window);
    // What the test itself holds, twice over for the growth of its strings, and a few windows of the server.
    BOOST_TEST(heap_in_use() - before < 2 * held + 8 * window);
    mute.cancel(id);
    BOOST_TEST(mute.wait(id).at("reason") == R"("cancelled")");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

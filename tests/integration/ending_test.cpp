// rpc.bye, half-close, and connections that just go.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>
#include <poll.h>

#include <chrono>
#include <string>

namespace {

using namespace tug::test;

struct connected {
    test_server server;
    raw_client c = server.connect();

    std::uint64_t shell(std::string_view script, std::string_view more = "") {
        return c.call("exec", R"({"shell":)" + json_text(script) + std::string(more) + "}");
    }

    void bye_and_half_close() {
        c.note("rpc.bye");
        c.half_close();
    }
};

BOOST_FIXTURE_TEST_SUITE(server_ending_test, connected)

BOOST_AUTO_TEST_CASE(bye_when_idle) {
    c.note("rpc.bye");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(end_of_input_when_idle) {
    c.half_close();
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(bye_lets_calls_finish) {
    const auto id = c.call("exec", R"({"argv":["cat"],"stdin":true})");
    c.note("rpc.bye");
    BOOST_TEST(c.hear_of(request("7", "rpc.ping")) == "error(invalid_request 7)");
    BOOST_TEST(c.hear_of(request("1", "get", R"({"path":"a"})")) == "error(invalid_request null call=1)");
    c.write(id, "stdin", "to the end", true);
    BOOST_TEST(c.wait(id).text("stdout") == "to the end");
    BOOST_TEST(c.is_closed());
}

/// All in one piece, the end of input too.
BOOST_AUTO_TEST_CASE(answers_after_the_half_close) {
    write_file(server.in_root("a"), "content");
    c.call("get", R"({"path":"a"})");
    shell("sleep 0.2; echo late; exit 3");
    const auto put = c.call("put", R"({"path":"b"})");
    c.write(put, "data", "stored", true);
    bye_and_half_close();
    BOOST_TEST(c.wait(1).text("data") == "content");
    BOOST_TEST(c.wait(2).at("exit_code") == "3");
    BOOST_TEST(c.of(2).text("stdout") == "late\n");
    BOOST_TEST(c.wait(put).error() == "");
    BOOST_TEST(c.is_closed());
    BOOST_TEST(read_file(server.in_root("b")) == "stored");
}

/// End of input is never taken for a stream's eof.
BOOST_AUTO_TEST_CASE(streams_without_eof_at_the_half_close) {
    const auto put = c.call("put", R"({"path":"b"})");
    c.write(put, "data", "half");
    const auto cat = c.call("exec", R"({"shell":"echo ready; exec cat","stdin":true})");
    c.read(cat, "stdout", 6); // what is not started yet would not start any more
    const auto sleeper = shell("sleep 0.1");
    bye_and_half_close();
    BOOST_TEST(c.wait(put).error() == "cancelled");
    BOOST_TEST(c.wait(cat).at("reason") == R"("cancelled")");
    BOOST_TEST(c.wait(sleeper).at("reason") == R"("exited")");
    BOOST_TEST(c.is_closed());
    BOOST_TEST(server.files() == "");
}

/// Who then needs credit that can no longer come ends as by cancel; who has enough does not.
BOOST_AUTO_TEST_CASE(credit_at_the_half_close) {
    write_file(server.in_root("large"), sample_bytes(3'000'000));
    write_file(server.in_root("small"), sample_bytes(700'000));
    c.gives_credit = false;
    const auto large = c.call("get", R"({"path":"large"})");
    const auto small = c.call("get", R"({"path":"small"})");
    const auto yes = shell("yes");
    bye_and_half_close();
    BOOST_TEST(c.wait(large).error() == "cancelled");
    BOOST_TEST(c.wait(small).at("bytes") == "700000");
    BOOST_TEST(c.wait(yes).at("reason") == R"("cancelled")");
    BOOST_TEST(c.is_closed());
}

/// All its credit is spent, but it needs no more.
BOOST_AUTO_TEST_CASE(credit_that_is_spent_and_enough) {
    c.gives_credit = false;
    const auto id = shell("head -c 1048576 /dev/zero; sleep 0.3; exit 3");
    c.read(id, "stdout", 1'048'576);
    bye_and_half_close();
    BOOST_TEST(c.wait(id).at("reason") == R"("exited")");
    BOOST_TEST(c.of(id).at("exit_code") == "3");
}

BOOST_AUTO_TEST_CASE(half_close_without_bye) {
    const auto mark = sleep_mark();
    const auto id = shell("echo started; sleep " + mark);
    c.read(id, "stdout", 8);
    c.half_close();
    BOOST_TEST(c.is_closed());
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
}

/// Also after rpc.bye a reset is the client being gone.
BOOST_AUTO_TEST_CASE(reset_after_bye) {
    const auto mark = sleep_mark();
    const auto id = shell("echo started; sleep " + mark);
    c.read(id, "stdout", 8);
    bye_and_half_close();
    BOOST_TEST(!c.has_input(300)); // it goes on
    BOOST_TEST(processes_with(mark).size() >= 1U);
    c.reset();
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
}

/// A client that reads its answers slowly gets them all, however many wait.
BOOST_AUTO_TEST_CASE(a_slow_reader_gets_its_answers) {
    const auto content = sample_bytes(1'000'000);
    write_file(server.in_root("a"), content);
    c.gives_credit = false;
    for (int i = 0; i < 12; ++i) c.call("get", R"({"path":"a"})");
    bye_and_half_close();
    BOOST_TEST(eventually([&] { return c.has_input(); }));
    ::poll(nullptr, 0, 1500); // longer than the time for which an error is kept
    for (std::uint64_t id = 1; id <= 12; ++id) BOOST_TEST((c.wait(id).text("data") == content));
    BOOST_TEST(c.is_closed());
}

/// The peer gets to read the error, also where it goes on sending for a while.
BOOST_AUTO_TEST_CASE(an_error_is_kept_for_a_second) {
    c.send(header(0, 0));
    BOOST_REQUIRE(c.hear() == "error(invalid_request null)");
    const auto begin = std::chrono::steady_clock::now();
    while (c.try_send("x")) ::poll(nullptr, 0, 10);
    const auto kept = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    BOOST_TEST(kept > 0.8);
    BOOST_TEST(kept < 3.0);
}

/// At most 1 MiB of what is sent behind a fault is read.
BOOST_AUTO_TEST_CASE(much_behind_a_fault) {
    c.send(header(0, 0));
    const std::string piece(65'536, 'x');
    std::size_t sent = 0;
    while (sent < 200'000'000 && c.try_send(piece)) sent += piece.size();
    BOOST_TEST(sent < 50'000'000U); // 1 MiB, and what the kernel holds on both sides
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

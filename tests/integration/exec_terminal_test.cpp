// exec with `pty`, and exec.resize, as they are on the wire: also from a client that does not keep to it.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <utility>

namespace {

using namespace tug::test;

std::string in_terminal(std::string_view script, std::string_view more = "") {
    return R"({"shell":)" + json_text(script) + R"(,"pty":{"rows":24,"cols":80})" + std::string(more) + "}";
}

std::string size_of(std::uint64_t call, std::string_view rows, std::string_view cols) {
    return R"({"call":)" + std::to_string(call) + R"(,"rows":)" + std::string(rows) + R"(,"cols":)" +
           std::string(cols) + "}";
}

struct connected {
    test_server server;
    raw_client c = server.connect();
};

BOOST_FIXTURE_TEST_SUITE(server_exec_terminal_test, connected)

BOOST_AUTO_TEST_CASE(one_stream_of_output) {
    const auto& answer = c.ask("exec", in_terminal("echo out; echo err >&2; exit 3"));
    BOOST_TEST(answer.at("exit_code") == "3");
    BOOST_TEST(answer.text("stdout") == "out\r\nerr\r\n");
    BOOST_TEST(answer.streams.at("stdout").eof);
    BOOST_TEST(answer.streams.count("stderr") == 0U);
    BOOST_TEST(answer.at("stderr") == "");
    BOOST_TEST(answer.at("stdout") == R"({"bytes":10,"digest":)" + json_text(digest_of("out\r\nerr\r\n")) + "}");
}

BOOST_AUTO_TEST_CASE(a_stream_that_a_terminal_has_not) {
    const auto id = c.call("exec", in_terminal("sleep 1000"));
    c.grant(id, "stderr", 5);
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(input_that_was_not_asked_for) {
    const auto id = c.call("exec", in_terminal("sleep 1000"));
    c.write(id, "stdin", "x");
    BOOST_TEST(c.hear() == "error(invalid_request null)");
    BOOST_TEST(c.is_closed());
}

BOOST_AUTO_TEST_CASE(sizes_that_are_none) {
    const auto id = c.call("exec", in_terminal("echo ready; sleep 1000"));
    c.read(id, "stdout", 7);
    for (const auto& [rows, cols, field] :
         {std::tuple("0", "80", "rows"), std::tuple("24", "0", "cols"), std::tuple("65536", "80", "rows"),
          std::tuple("24", "70000", "cols"), std::tuple("-1", "80", "rows"), std::tuple("24", "\"80\"", "cols")})
        BOOST_TEST(c.ask("exec.resize", size_of(id, rows, cols)).data("field") == json_text(field));
    BOOST_TEST(c.ask("exec.resize", size_of(id, "65535", "65535")).error() == "");
    c.cancel(id);
    c.wait(id);
    BOOST_TEST(c.ask("exec.resize", size_of(id, "24", "80")).error() == "not_found");
    BOOST_TEST(server.connect().ask("exec.resize", size_of(id, "24", "80")).error() == "not_found");
}

/// Of sizes that come while the command is being started it has the last.
BOOST_AUTO_TEST_CASE(sizes_right_behind_the_request) {
    c.send(frame(request("1", "exec", in_terminal("until test \"$(stty size)\" = '40 90'; do sleep 0.02; done"))) +
           frame(request("2", "exec.resize", size_of(1, "30", "70"))) +
           frame(request("3", "exec.resize", size_of(1, "40", "90"))));
    BOOST_TEST(c.wait(2).error() == "");
    BOOST_TEST(c.wait(3).error() == "");
    BOOST_TEST(c.wait(1).at("exit_code") == "0");
}

/// The end of the client hangs its terminals up, and nothing of them is left.
BOOST_AUTO_TEST_CASE(a_client_that_is_gone) {
    const auto mark = sleep_mark();
    const auto id =
        c.call("exec", in_terminal("trap '' TERM; echo ready; sleep " + mark + "; :", R"(,"grace_ms":60000)"));
    c.read(id, "stdout", 7);
    c.reset();
    BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
}

/// A reader that gives no credit for what a terminal shows does not keep the end from coming.
BOOST_AUTO_TEST_CASE(no_credit) {
    c.gives_credit = false;
    const auto id = c.call("exec", in_terminal("head -c 1048576 /dev/zero"));
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("exit_code") == "0");
    BOOST_TEST(answer.text("stdout").size() == 1'048'576U);
}

/// What was shown last has to wait for credit, and is delivered all the same.
BOOST_AUTO_TEST_CASE(credit_that_comes_late) {
    c.gives_credit = false;
    const auto id = c.call("exec", in_terminal("head -c 1048576 /dev/zero; echo end"));
    c.read(id, "stdout", 1'048'576);
    const auto leader_gone = [&] { return processes_with("1048576").empty(); };
    BOOST_TEST(eventually(leader_gone));
    c.grant(id, "stdout", 1000);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.text("stdout").ends_with("end\r\n"));
    BOOST_TEST(answer.at("exit_code") == "0");
}

/// eof of stdin may come together with the answer, or after the command has ended.
BOOST_AUTO_TEST_CASE(the_end_of_input_at_any_time) {
    for (const auto* script : {"exit 0", "cat", "sleep 0.05; exec 0<&-; sleep 0.05"}) {
        const auto id = c.call("exec", in_terminal(script, R"(,"stdin":true)"));
        c.write(id, "stdin", "", true);
        BOOST_TEST(c.wait(id).at("exit_code") == "0");
    }
    BOOST_TEST(c.is_served());
}

/// More is typed than a program ever reads.
BOOST_AUTO_TEST_CASE(input_that_is_not_read) {
    const auto id = c.call("exec", in_terminal("stty raw -echo; echo ready; sleep 0.3", R"(,"stdin":true)"));
    c.read(id, "stdout", 6);
    c.write(id, "stdin", std::string(1'000'000, 'x'), true);
    BOOST_TEST(c.wait(id).at("exit_code") == "0");
    BOOST_TEST(c.is_served());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

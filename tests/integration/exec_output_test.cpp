// exec: its output, with credit and without, stopped, limited, and held open by children.

#include "support/proc.hpp"
#include "support/test_server.hpp"

#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace {

using namespace tug::test;
using clock_type = std::chrono::steady_clock;
constexpr std::size_t window = 1'048'576;

struct connected {
    test_server server;
    raw_client c = server.connect();

    std::uint64_t start(std::string_view script, std::string_view more = "") {
        return c.call("exec", R"({"shell":)" + json_text(script) + std::string(more) + "}");
    }

    const received_call& run(std::string_view script, std::string_view more = "") {
        return c.wait(start(script, more));
    }
};

double seconds_since(clock_type::time_point begin) {
    return std::chrono::duration<double>(clock_type::now() - begin).count();
}

BOOST_FIXTURE_TEST_SUITE(server_exec_output_test, connected)

BOOST_AUTO_TEST_CASE(much_output) {
    const auto& answer = run("head -c 20000000 /dev/zero; echo done >&2");
    BOOST_TEST(answer.text("stdout").size() == 20'000'000U);
    BOOST_TEST(answer.text("stderr") == "done\n");
    BOOST_TEST(answer.at("stdout") ==
               R"({"bytes":20000000,"digest":)" + json_text(digest_of(std::string(20'000'000, '\0'))) + "}");
}

/// A reader that gives no credit holds the command up, and what it gets is the window; the other stream goes on.
BOOST_AUTO_TEST_CASE(no_credit) {
    c.gives_credit = false;
    const auto id = start("echo before >&2; head -c 3000000 /dev/zero; echo after >&2");
    c.read(id, "stdout", window);
    BOOST_TEST(c.is_served());
    BOOST_TEST(!c.has_input(100));
    c.grant(id, "stdout", 0);
    c.grant(id, "stdout", 1);
    c.read(id, "stdout", window + 1);
    BOOST_TEST(!c.has_input(50));
    c.grant(id, "stdout", 9'007'199'254'740'991); // the sum saturates
    c.grant(id, "stdout", 9'007'199'254'740'991);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.text("stdout").size() == 3'000'000U);
    BOOST_TEST(answer.text("stderr") == "before\nafter\n");
}

/// eof costs nothing: output of exactly the window needs no credit.
BOOST_AUTO_TEST_CASE(exactly_the_window) {
    c.gives_credit = false;
    const auto& answer = run("head -c 1048576 /dev/zero; head -c 1048576 /dev/zero >&2; exit 7");
    BOOST_TEST(answer.at("exit_code") == "7");
    BOOST_TEST(answer.text("stdout").size() == window);
    BOOST_TEST(answer.text("stderr").size() == window);
    BOOST_TEST(answer.streams.at("stdout").eof);
}

/// Nor is it awaited as where a child holds the pipe: the answer comes before that of such a command.
BOOST_AUTO_TEST_CASE(the_end_waits_for_no_credit) {
    c.gives_credit = false;
    const auto id = start("head -c 1048576 /dev/zero; read x", R"(,"stdin":true)");
    c.read(id, "stdout", window);
    const auto held = start("sleep 2 & echo early", R"(,"keep_children":true)");
    c.read(held, "stdout", 6);
    c.write(id, "stdin", "go\n", true);
    BOOST_TEST(c.wait(id).at("exit_code") == "0");
    BOOST_TEST(!c.is_answered(held));
    BOOST_TEST(c.wait(held).text("stdout") == "early\n");
}

/// What a process that has exited by itself wrote before is delivered, however slowly credit comes.
BOOST_AUTO_TEST_CASE(a_slow_reader_of_an_exited_process) {
    c.gives_credit = false;
    const auto id = start("head -c 1100000 /dev/zero; echo $$ >&2");
    c.read(id, "stdout", window);
    c.read(id, "stderr", 2);
    BOOST_TEST(!c.has_input(2500)); // longer than children that hold a pipe are waited for
    c.grant(id, "stdout", 1'000'000);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("reason") == R"("exited")");
    BOOST_TEST(answer.text("stdout").size() == 1'100'000U);
}

// --- stop ------------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_stop_closes_the_pipe) {
    const auto id = start("exec yes");
    c.read(id, "stdout", 1);
    c.stop(id, "stdout");
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("reason") == R"("signaled")");
    BOOST_TEST(answer.at("signal") == R"("PIPE")");
    BOOST_TEST(!answer.streams.at("stdout").eof);
    BOOST_TEST(answer.streams.at("stderr").eof);
    BOOST_TEST(answer.result().at("stdout").at("bytes").to_number<std::size_t>() == answer.text("stdout").size());
}

BOOST_AUTO_TEST_CASE(a_stop_without_credit) {
    c.gives_credit = false;
    const auto id = start("yes; echo on >&2");
    c.read(id, "stdout", window);
    c.stop(id, "stdout");
    BOOST_TEST(c.wait(id).text("stderr") == "on\n");
}

BOOST_AUTO_TEST_CASE(a_stop_of_one_leaves_the_other) {
    const auto id = start("echo ready; read x; (echo lost >&2); echo kept", R"(,"stdin":true)");
    c.read(id, "stdout", 6);
    c.stop(id, "stderr");
    c.write(id, "stdin", "go\n", true);
    BOOST_TEST(c.wait(id).text("stdout") == "ready\nkept\n");
    BOOST_TEST(c.of(id).text("stderr") == "");
}

/// Not even the first write after it succeeds.
BOOST_AUTO_TEST_CASE(a_stop_while_nothing_is_written) {
    const auto id = start("trap '' PIPE; echo ready; read x; (echo lost >&2) || echo refused", R"(,"stdin":true)");
    c.read(id, "stdout", 6);
    c.stop(id, "stderr");
    c.write(id, "stdin", "go\n", true);
    BOOST_TEST(c.wait(id).text("stdout") == "ready\nrefused\n");
}

// --- output_limit ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(over_the_limit) {
    const auto& answer = run("yes", R"(,"output_limit":100001)");
    BOOST_TEST(answer.at("reason") == R"("output_limit")");
    BOOST_TEST(answer.text("stdout").size() == 100'001U);
    BOOST_TEST((answer.at("exit_code").empty() != answer.at("signal").empty()));
}

BOOST_AUTO_TEST_CASE(the_limit_counts_both_streams) {
    const auto& answer = run("yes & yes >&2", R"(,"output_limit":50000)");
    BOOST_TEST(answer.at("reason") == R"("output_limit")");
    BOOST_TEST(answer.text("stdout").size() + answer.text("stderr").size() == 50'000U);
}

BOOST_AUTO_TEST_CASE(exactly_the_limit) {
    BOOST_TEST(run("printf 12345", R"(,"output_limit":5)").at("reason") == R"("exited")");
    const auto& over = run("printf 123456", R"(,"output_limit":5)");
    BOOST_TEST(over.at("reason") == R"("output_limit")");
    BOOST_TEST(over.text("stdout") == "12345");
    BOOST_TEST(run("true", R"(,"output_limit":0)").at("reason") == R"("exited")");
    BOOST_TEST(run("echo", R"(,"output_limit":0)").at("reason") == R"("output_limit")");
    c.gives_credit = false;
    BOOST_TEST(run("head -c 1048576 /dev/zero", R"(,"output_limit":1048576)").at("reason") == R"("exited")");
    BOOST_TEST(run("head -c 1048577 /dev/zero", R"(,"output_limit":1048576)").at("reason") == R"("output_limit")");
}

// --- merge -----------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(merged_output_keeps_the_order_of_the_writes) {
    std::string script;
    std::string expected;
    for (int i = 0; i < 100; ++i) {
        script += "echo " + std::to_string(i) + (i % 2 == 0 ? "; " : " >&2; ");
        expected += std::to_string(i) + "\n";
    }
    const auto& answer = run(script, R"(,"merge":true)");
    BOOST_TEST(answer.text("stdout") == expected);
    BOOST_TEST(answer.streams.at("stdout").eof);
    BOOST_TEST(answer.streams.size() == 1U); // nothing was said of another
    BOOST_TEST(!answer.result().contains("stderr"));
    BOOST_TEST(answer.at("stdout") == R"({"bytes":)" + std::to_string(expected.size()) + R"(,"digest":)" +
                                          json_text(digest_of(expected)) + "}");
}

BOOST_AUTO_TEST_CASE(merged_output_has_one_limit_and_one_stop) {
    const auto& over = run("yes & yes >&2", R"(,"merge":true,"output_limit":50000)");
    BOOST_TEST(over.at("reason") == R"("output_limit")");
    BOOST_TEST(over.text("stdout").size() == 50'000U);
    const auto id = start("exec yes >&2", R"(,"merge":true)");
    c.read(id, "stdout", 1);
    c.stop(id, "stdout");
    BOOST_TEST(c.wait(id).at("signal") == R"("PIPE")");
    const auto& cancelled = run("echo words >&2; exec sleep 100", R"(,"merge":true,"timeout_ms":300)");
    BOOST_TEST(cancelled.text("stdout") == "words\n");
}

// --- a child that holds the pipe -------------------------------------------------------------------------------------

/// Its output is awaited for a second, then it is ended.
BOOST_AUTO_TEST_CASE(a_child_that_holds_the_pipe) {
    const auto begin = clock_type::now();
    const auto& answer = run("(sleep 0.3; echo late; sleep 100) & echo early; exit 4");
    BOOST_TEST(answer.at("exit_code") == "4");
    BOOST_TEST(answer.text("stdout") == "early\nlate\n");
    BOOST_TEST(seconds_since(begin) > 0.9);
}

/// Slow credit does not keep a child alive, nor does the end of the child cost a byte that was written before.
BOOST_AUTO_TEST_CASE(a_child_that_holds_the_pipe_of_a_slow_reader) {
    c.gives_credit = false;
    const auto id = start("(exec 2>&1; sleep 100) & echo $! >&2; exec 2>&-; head -c 1100000 /dev/zero");
    c.read(id, "stdout", window);
    c.read(id, "stderr", 2);
    const auto child = std::stoi(c.of(id).text("stderr"));
    BOOST_TEST(eventually([&] { return ::kill(child, 0) != 0; }));
    BOOST_TEST(!c.is_answered(id));
    BOOST_TEST(!c.has_input());
    c.grant(id, "stdout", 1'000'000);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("reason") == R"("exited")");
    BOOST_TEST(answer.text("stdout").size() == 1'100'000U);
}

/// Nothing is awaited: the answer comes before that of one whose pipe is held.
BOOST_AUTO_TEST_CASE(a_child_that_holds_no_pipe) {
    const auto held = start("sleep 100 & echo early");
    BOOST_TEST(run("sleep 100 >/dev/null 2>&1 & echo early").text("stdout") == "early\n");
    BOOST_TEST(!c.is_answered(held));
    BOOST_TEST(c.wait(held).text("stdout") == "early\n");
}

/// Not even a process that is none of the call's, and cannot be ended, keeps it from being answered.
BOOST_AUTO_TEST_CASE(a_stranger_that_holds_the_pipe) {
    const auto id = start("echo $$; read x; echo last words", R"(,"stdin":true)");
    while (!c.of(id).text("stdout").ends_with("\n")) c.step();
    const auto pid = std::stoi(c.of(id).text("stdout"));
    const int held = ::open(("/proc/" + std::to_string(pid) + "/fd/1").c_str(), O_WRONLY | O_CLOEXEC);
    BOOST_REQUIRE(held >= 0);
    c.write(id, "stdin", "go\n", true);
    const auto& answer = c.wait(id);
    ::close(held);
    BOOST_TEST(answer.at("exit_code") == "0");
    BOOST_TEST(answer.text("stdout").ends_with("last words\n"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

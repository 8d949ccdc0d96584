// exec: its end by timeout, cancel and disconnect, and the end of its whole tree.

#include "process/orphans.hpp"
#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>

namespace {

using namespace tug::test;
using clock_type = std::chrono::steady_clock;

struct connected {
    test_server server;
    raw_client c = server.connect();
    std::string mark = sleep_mark(); ///< `sleep` with that argument is a process of this test.
    clock_type::time_point begin = clock_type::now();

    std::uint64_t start(std::string_view script, std::string_view more = "") {
        return c.call("exec", R"({"shell":)" + json_text(script) + std::string(more) + "}");
    }

    [[nodiscard]] double seconds() const { return std::chrono::duration<double>(clock_type::now() - begin).count(); }

    /// Ends a child that was kept, and reaps it, as tugd does when it hears of its end.
    void end_kept() const {
        for (const auto pid : processes_with(mark)) {
            ::kill(pid, SIGKILL);
            BOOST_TEST(eventually([&] {
                tug::service::reap_orphans();
                return ::kill(pid, 0) != 0;
            }));
        }
    }

    /// Nothing of the test runs any more by the time of the answer. The root is reaped while the client reads that, so
    /// it may still be seen as a zombie for a moment.
    void all_gone() const {
        BOOST_TEST(processes_with(mark).empty());
        BOOST_TEST(eventually([] { return zombies_of(::getpid()) == 0; }));
    }
};

BOOST_FIXTURE_TEST_SUITE(server_exec_ending_test, connected)

/// The end comes at once where SIGTERM is enough: before that of one that needs the whole grace.
BOOST_AUTO_TEST_CASE(timeout) {
    const auto deaf = start("trap '' TERM; sleep " + mark, R"(,"timeout_ms":200)");
    const auto id = start("echo begun; sleep " + mark, R"(,"timeout_ms":200)");
    const auto& answer = c.wait(id);
    BOOST_TEST(!c.is_answered(deaf));
    BOOST_TEST(answer.at("reason") == R"("timed_out")");
    BOOST_TEST(answer.at("signal") == R"("TERM")");
    BOOST_TEST(answer.at("exit_code") == "");
    BOOST_TEST(answer.text("stdout") == "begun\n");
    BOOST_TEST(answer.streams.at("stdout").eof);
    BOOST_TEST(c.wait(deaf).at("signal") == R"("KILL")");
    all_gone();
}

/// What is written during the grace is still sent, and an exit in it is told.
BOOST_AUTO_TEST_CASE(cancel_with_last_words) {
    const auto id = start("trap 'echo last words; exit 6' TERM; echo ready; while :; do sleep 0.02; done");
    c.read(id, "stdout", 6);
    c.cancel(id);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("reason") == R"("cancelled")");
    BOOST_TEST(answer.at("exit_code") == "6");
    BOOST_TEST(answer.text("stdout") == "ready\nlast words\n");
}

BOOST_AUTO_TEST_CASE(who_does_not_listen_is_killed) {
    const auto id = start("trap '' TERM; echo ready; sleep " + mark + " & wait; sleep " + mark);
    c.read(id, "stdout", 6);
    begin = clock_type::now();
    c.cancel(id);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("reason") == R"("cancelled")");
    BOOST_TEST(answer.at("signal") == R"("KILL")");
    BOOST_TEST(seconds() > 1.5);
    all_gone();
}

/// Output that there is no credit for does not keep it from ending.
BOOST_AUTO_TEST_CASE(cancel_without_credit) {
    c.gives_credit = false;
    const auto id = start("yes");
    c.read(id, "stdout", 1'048'576);
    c.cancel(id);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("reason") == R"("cancelled")");
    BOOST_TEST(answer.text("stdout").size() == 1'048'576U);
    BOOST_TEST(answer.streams.at("stdout").eof);
}

/// The cancel may come in one piece with the request: it is answered once, and never lost.
BOOST_AUTO_TEST_CASE(cancel_right_behind_the_request) {
    c.send(frame(request("1", "exec", R"({"argv":["sleep",")" + mark + R"("]})")) +
           frame(notice("rpc.cancel", R"({"call":1})")) + frame(notice("rpc.cancel", R"({"call":1})")));
    std::string said;
    while (said.empty() || said.starts_with("rpc.")) said = c.hear();
    BOOST_TEST((said == "result 1" || said == "error(cancelled 1)"));
    BOOST_TEST(c.is_served());
    all_gone();
}

BOOST_AUTO_TEST_CASE(timeout_before_it_was_read) {
    const auto& answer = c.wait(start("sleep " + mark, R"(,"timeout_ms":1)"));
    BOOST_TEST((answer.error() == "timed_out" || answer.at("reason") == R"("timed_out")"));
    all_gone();
}

// --- the grace -------------------------------------------------------------------------------------------------------

/// Takes longer over its end than the usual grace.
const std::string slow_to_end = "trap 'sleep 2.3; echo last words; exit 6' TERM; echo ready; ";
const std::string for_ever = "while :; do sleep 0.02; done";

BOOST_AUTO_TEST_CASE(a_long_grace_counts_however_it_is_ended) {
    const std::string_view grace = R"(,"grace_ms":60000)";
    const auto cancelled = start(slow_to_end + for_ever, grace);
    const auto late = start(slow_to_end + for_ever, R"(,"grace_ms":60000,"timeout_ms":500)");
    const auto talks = start(slow_to_end + "echo x; " + for_ever, R"(,"grace_ms":60000,"output_limit":7)");
    const auto left =
        start("(" + slow_to_end + for_ever + ") & while :; do sleep 0.02; [ -e go ] && exit 0; done", grace);
    const auto impatient = start("trap '' TERM; echo ready; " + for_ever); // what the usual grace does to such
    for (const auto id : {cancelled, late, talks, left, impatient}) c.read(id, "stdout", 6);
    c.cancel(cancelled);
    c.cancel(impatient);
    std::ofstream(server.in_root("go")).flush();
    for (const auto id : {cancelled, late, talks}) BOOST_TEST(c.wait(id).at("exit_code") == "6");
    BOOST_TEST(c.of(cancelled).text("stdout") == "ready\nlast words\n");
    BOOST_TEST(c.of(late).at("reason") == R"("timed_out")");
    BOOST_TEST(c.of(talks).at("reason") == R"("output_limit")");
    BOOST_TEST(c.wait(left).text("stdout") == "ready\nlast words\n");
    BOOST_TEST(c.of(left).at("reason") == R"("exited")");
    BOOST_TEST(c.wait(impatient).at("signal") == R"("KILL")");
}

BOOST_AUTO_TEST_CASE(a_long_grace_counts_after_a_disconnect) {
    {
        auto other = server.connect();
        const auto id =
            other.call("exec", R"({"grace_ms":60000,"shell":)" +
                                   json_text("trap 'sleep 2.3; : >words; exit' TERM; echo ready; " + for_ever) + "}");
        other.read(id, "stdout", 6);
    }
    BOOST_TEST(eventually([&] { return ::access(server.in_root("words").c_str(), F_OK) == 0; }));
}

/// The short one is answered first, though it was asked last.
BOOST_AUTO_TEST_CASE(a_short_grace) {
    const auto usual = start("trap '' TERM; echo ready; " + for_ever);
    const auto brief = start("trap '' TERM; echo ready; " + for_ever, R"(,"grace_ms":100)");
    for (const auto id : {usual, brief}) c.read(id, "stdout", 6);
    for (const auto id : {usual, brief}) c.cancel(id);
    BOOST_TEST(c.wait(brief).at("signal") == R"("KILL")");
    BOOST_TEST(!c.is_answered(usual));
    BOOST_TEST(c.wait(usual).at("signal") == R"("KILL")");
}

BOOST_AUTO_TEST_CASE(no_grace_is_sigkill_at_once) {
    const auto id =
        start("trap 'echo got; exit 3' TERM; setsid sleep " + mark + " & echo ready; " + for_ever, R"(,"grace_ms":0)");
    c.read(id, "stdout", 6);
    c.cancel(id);
    const auto& answer = c.wait(id);
    BOOST_TEST(answer.at("signal") == R"("KILL")");
    BOOST_TEST(answer.text("stdout") == "ready\n");
    all_gone();
    // A program that SIGTERM ends would end by it, however soon SIGKILL followed.
    const auto plain = start("echo ready; exec sleep " + mark, R"(,"grace_ms":0)");
    c.read(plain, "stdout", 6);
    c.cancel(plain);
    BOOST_TEST(c.wait(plain).at("signal") == R"("KILL")");
}

// --- the tree --------------------------------------------------------------------------------------------------------

/// Children in sessions of their own, and such as have lost their parent.
BOOST_AUTO_TEST_CASE(nobody_survives) {
    const std::string sleep = "sleep " + mark + " >/dev/null 2>&1 </dev/null ";
    const auto script =
        sleep + "& setsid " + sleep + "& (setsid sh -c '" + sleep + "& " + sleep + "' &) ; echo started; ";
    for (const std::string_view end : {"exit 0", "sleep 100"}) {
        const auto id = start(script + std::string(end));
        c.read(id, "stdout", 8);
        if (end == "sleep 100") {
            BOOST_TEST(eventually([&] { return processes_with(mark).size() >= 4; }));
            c.cancel(id);
        }
        BOOST_TEST(c.wait(id).error() == "");
        all_gone();
    }
}

BOOST_AUTO_TEST_CASE(a_disconnect_ends_it) {
    for (const bool hard : {false, true}) {
        auto other = server.connect();
        const auto id =
            other.call("exec", R"({"shell":"setsid sleep )" + mark + " & echo started; sleep " + mark + R"("})");
        other.read(id, "stdout", 8);
        if (hard)
            other.reset();
        else
            other.close();
        BOOST_TEST(eventually([&] { return processes_with(mark).empty(); }));
    }
    BOOST_TEST(eventually([] { return zombies_of(::getpid()) == 0; }));
}

BOOST_AUTO_TEST_CASE(keep_children) {
    const auto& answer =
        c.wait(start("setsid sleep " + mark + " >/dev/null 2>&1 & echo $!; echo out", R"(,"keep_children":true)"));
    BOOST_TEST(answer.at("reason") == R"("exited")");
    BOOST_TEST(answer.text("stdout").ends_with("out\n"));
    BOOST_TEST(c.wait(start("true")).error() == ""); // nor does a later sweep touch it
    BOOST_TEST(eventually([&] { return processes_with(mark).size() == 1; }));
    end_kept();
}

/// The pipes are closed after a second, and no process is signalled.
BOOST_AUTO_TEST_CASE(kept_children_that_hold_the_pipe) {
    const auto& answer =
        c.wait(start("(sleep 0.2; echo late; exec sleep " + mark + ") & echo early", R"(,"keep_children":true)"));
    BOOST_TEST(answer.text("stdout") == "early\nlate\n");
    BOOST_TEST(seconds() > 0.9);
    BOOST_TEST(processes_with(mark).size() == 1U);
    end_kept();
}

/// It spares no child where the process did not exit by itself.
BOOST_AUTO_TEST_CASE(keep_children_and_cancel) {
    const auto id = start("setsid sleep " + mark + " & echo started; sleep " + mark, R"(,"keep_children":true)");
    c.read(id, "stdout", 8);
    c.cancel(id);
    BOOST_TEST(c.wait(id).at("reason") == R"("cancelled")");
    all_gone();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(server_commands_limit_test)

BOOST_AUTO_TEST_CASE(commands_over_the_limit_are_busy) {
    const test_server server{{.adjust = [](auto& o) { o.commands = 2; }}};
    auto c = server.connect();
    auto d = server.connect();
    const auto first = c.call("exec", R"({"argv":["cat"],"stdin":true})");
    const auto second = d.call("exec", R"({"argv":["cat"],"stdin":true})");
    c.write(first, "stdin", "x");
    c.read(first, "stdout", 1);
    d.write(second, "stdin", "x");
    d.read(second, "stdout", 1);
    const auto& refused = c.ask("exec", R"({"argv":["true"]})");
    BOOST_TEST(refused.error() == "busy");
    BOOST_TEST(refused.data("retryable") == "true");
    d.write(second, "stdin", "", true);
    BOOST_TEST(d.wait(second).error() == "");
    BOOST_TEST(c.ask("exec", R"({"argv":["true"]})").error() == "");
    c.cancel(first);
    BOOST_TEST(c.wait(first).error() == "");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

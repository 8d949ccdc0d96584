#include "support/proc.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <filesystem>
#include <string>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(sdk_exec)

BOOST_AUTO_TEST_CASE(output_code_and_usage) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto r = co_await client.exec(command::shell("printf out; printf err >&2; exit 3"));
        BOOST_TEST(!r.ok());
        BOOST_TEST((r.reason == exec_reason::exited));
        BOOST_TEST(r.exit_code.value() == 3);
        BOOST_TEST(!r.signal.has_value());
        BOOST_TEST(r.out == "out");
        BOOST_TEST(r.err == "err");
        BOOST_TEST(r.out_summary.bytes == 3U);
        BOOST_TEST(r.usage.max_rss_bytes > 0U);
        BOOST_TEST(r.wall.count() > 0);
    });
}

BOOST_AUTO_TEST_CASE(merged_output) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto what = command::shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2").merge();
        const auto r = co_await client.exec(what);
        BOOST_TEST(r.ok());
        BOOST_TEST(r.out == "1\n2\n3\n4\n");
        BOOST_TEST(r.err.empty());
        BOOST_TEST(r.out_summary.bytes == 8U);
        auto process = co_await client.start(what);
        std::string text;
        for (;;) {
            const auto piece = co_await process.read();
            if (piece.end()) break;
            BOOST_TEST((piece.from() == output_stream::out));
            text += piece.text();
        }
        BOOST_TEST(text == r.out);
        const auto ended = co_await process.wait();
        BOOST_TEST(ended.ok());
    });
}

BOOST_AUTO_TEST_CASE(start_that_is_reported) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto runs = co_await client.start(command::shell("read x; echo $$").with_stdin().report_start());
        const auto pid = co_await runs.started(); // before it has written anything
        co_await runs.write("\n");
        const auto piece = co_await runs.read_out();
        BOOST_TEST(piece.text() == std::to_string(pid) + "\n");
        runs.discard_output();
        const auto ended = co_await runs.wait();
        BOOST_TEST(ended.ok());
        const auto still_known = co_await runs.started();
        BOOST_TEST(still_known == pid);
        auto missing = co_await client.start(command("no-such-program").report_start());
        auto never = missing.started();
        const auto why = co_await error_of(std::move(never));
        BOOST_TEST((why == errc::exec_not_found));
        auto unasked = co_await client.start(command("true"));
        auto untold = unasked.started();
        const auto not_told = co_await error_of(std::move(untold));
        BOOST_TEST((not_told == errc::unsupported));
    });
}

BOOST_AUTO_TEST_CASE(grace) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        for (const auto time : {0ms, 60'000ms}) {
            auto what = command::shell("trap 'echo got; exit 3' TERM; echo ready; while :; do sleep 0.02; done");
            auto process = co_await client.start(what.grace(time));
            const auto piece = co_await process.read();
            BOOST_TEST(piece.text() == "ready\n");
            process.cancel();
            process.discard_output();
            const auto r = co_await process.wait();
            BOOST_TEST((r.reason == exec_reason::cancelled));
            BOOST_TEST(r.signal.value_or("none") == (time == 0ms ? "KILL" : "none"));
            BOOST_TEST(r.exit_code.value_or(0) == (time == 0ms ? 0 : 3));
            BOOST_TEST((r.survivors == 0U));
        }
    });
}

BOOST_AUTO_TEST_CASE(arguments_directory_and_environment) {
    const test_server server;
    std::filesystem::create_directory(server.in_root("sub"));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto echo = co_await client.exec(command("printf", "%s|", "a b", "$HOME", "*"));
        BOOST_TEST(echo.out == "a b|$HOME|*|");
        auto there = command::shell("basename $PWD; printf \"$K\"").in("sub").env("K", "v w");
        const auto pwd = co_await client.exec(std::move(there));
        BOOST_TEST(pwd.out == "sub\nv w");
        const auto bare = co_await client.exec(command("/usr/bin/env").clear_env().env("ONLY", "1"));
        BOOST_TEST(bare.out == "ONLY=1\n");
    });
}

BOOST_AUTO_TEST_CASE(input_of_any_size_comes_back) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        std::string input;
        for (int i = 0; input.size() < 3'000'000; ++i) input += std::to_string(i);
        const auto cat = co_await client.exec(command("cat").input(input));
        BOOST_TEST(cat.ok());
        BOOST_TEST((cat.out == input));
        const auto empty = co_await client.exec(command("cat").input(""));
        BOOST_TEST(empty.out.empty());
        // A command that reads nothing of it ends all the same.
        const auto none = co_await client.exec(command("true").input(input));
        BOOST_TEST(none.ok());
    });
}

BOOST_AUTO_TEST_CASE(ends_that_are_no_exit) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto killed = co_await client.exec(command::shell("kill -KILL $$"));
        BOOST_TEST((killed.reason == exec_reason::signaled));
        BOOST_TEST(killed.signal.value() == "KILL");
        const auto late = co_await client.exec(command("sleep", "60").timeout(100ms));
        BOOST_TEST((late.reason == exec_reason::timed_out));
        const auto much = co_await client.exec(command("yes").collect_at_most(1000));
        BOOST_TEST((much.reason == exec_reason::output_limit));
        BOOST_TEST(much.out.size() == 1000U);
        const auto limit = co_await client.exec(command("yes").output_limit(10).collect_at_most(1000));
        BOOST_TEST(limit.out.size() == 10U);
    });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_started) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto missing = co_await error_of(client.exec(command("no-such-program")));
        BOOST_TEST(missing == errc::exec_not_found);
        const auto nowhere = co_await error_of(client.exec(command("true").in("no/such")));
        BOOST_TEST(nowhere == errc::not_found);
        const auto outside = co_await error_of(client.exec(command("true").in("../..")));
        BOOST_TEST(outside == errc::path_denied);
        auto process = co_await client.start(command("no-such-program"));
        const auto read = co_await error_of(process.read());
        BOOST_TEST(read == errc::exec_not_found);
        const auto waited = co_await error_of(process.wait());
        BOOST_TEST(waited == errc::exec_not_found);
    });
}

BOOST_AUTO_TEST_CASE(a_process_is_spoken_with) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto script = command::shell("while read line; do echo \"[$line]\"; echo \"$line\" >&2; done; exit 7");
        auto process = co_await client.start(script.with_stdin());
        BOOST_TEST((co_await process.write("one\n")));
        const auto out = co_await process.read_out();
        BOOST_TEST(out.text() == "[one]\n");
        const auto err = co_await process.read_err();
        BOOST_TEST(err.text() == "one\n");
        BOOST_TEST((co_await process.write("two\n")));
        process.close_stdin();
        std::string both[2];
        for (;;) {
            const auto piece = co_await process.read();
            if (piece.end()) break;
            both[piece.from() == output_stream::out ? 0 : 1] += piece.text();
        }
        BOOST_TEST(both[0] == "[two]\n");
        BOOST_TEST(both[1] == "two\n");
        const auto r = co_await process.wait();
        BOOST_TEST(r.exit_code.value() == 7);
        const auto again = co_await process.wait();
        BOOST_TEST(again.exit_code.value() == 7);
        BOOST_TEST(!(co_await error_of(process.write("more")) == errc::success));
    });
}

BOOST_AUTO_TEST_CASE(signals) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto process =
            co_await client.start(command::shell("trap 'echo caught; exit 5' INT; echo up; sleep 60 & wait"));
        const auto up = co_await process.read();
        BOOST_TEST(up.text() == "up\n");
        co_await process.signal("INT");
        const auto caught = co_await process.read();
        BOOST_TEST(caught.text() == "caught\n");
        process.discard_output();
        const auto r = co_await process.wait();
        BOOST_TEST(r.exit_code.value() == 5);
        const auto gone = co_await error_of(process.signal("INT"));
        BOOST_TEST(gone == errc::not_found);
        auto other = co_await client.start(command("sleep", "60"));
        const auto bad = co_await error_of(other.signal("NO_SUCH"));
        BOOST_TEST(bad == errc::invalid_params);
    });
}

BOOST_AUTO_TEST_CASE(output_that_is_not_wanted) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto stopped = co_await client.start(command("yes"));
        (void)co_await stopped.read();
        stopped.stop_output();
        const auto end = co_await stopped.read();
        BOOST_TEST(end.end());
        const auto r = co_await stopped.wait();
        BOOST_TEST(r.signal.value_or("") == "PIPE");
        auto dropped = co_await client.start(command("head", "-c", "5000000", "/dev/zero"));
        dropped.discard_output();
        const auto d = co_await dropped.wait();
        BOOST_TEST(d.ok());
        BOOST_TEST(d.out_summary.bytes == 5'000'000U);
    });
}

BOOST_AUTO_TEST_CASE(much_output_in_order) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto process = co_await client.start(command("seq", "1000000"));
        std::string all;
        for (;;) {
            const auto piece = co_await process.read();
            if (piece.end()) break;
            all += piece.text();
        }
        const auto r = co_await process.wait();
        BOOST_TEST(r.ok());
        BOOST_TEST(all.size() == 6'888'896U);
        BOOST_TEST(all.ends_with("\n999999\n1000000\n"));
    });
}

namespace {

/// Whether a process of that number is there.
bool runs(const std::string& pid) {
    return ::kill(std::stoi(pid), 0) == 0;
}

} // namespace

BOOST_AUTO_TEST_CASE(cancelled_exec_has_ended_when_it_returns) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        asio::cancellation_signal stop;
        errc ended = errc::success;
        const auto executor = co_await asio::this_coro::executor;
        net::condition done(executor);
        bool is_done = false;
        auto script = command::shell("sleep 60 & echo $! > pid.tmp; mv pid.tmp pid; wait");
        asio::co_spawn(executor, error_of(client.exec(std::move(script))),
                       asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, errc e) {
                           ended = e;
                           is_done = true;
                           done.notify_all();
                       }));
        std::string pid;
        while (pid.empty()) {
            const auto seen = co_await error_of(client.get_bytes("pid"));
            if (seen == errc::success) pid = co_await client.get_bytes("pid");
        }
        BOOST_TEST(runs(pid));
        stop.emit(asio::cancellation_type::terminal);
        while (!is_done) co_await done.async_wait(asio::use_awaitable);
        BOOST_TEST(ended == errc::cancelled);
        BOOST_TEST(eventually([&] { return !runs(pid); })); // it is reaped while the client reads the answer
        BOOST_TEST((co_await client.ping("still here")) == "still here");
    });
}

BOOST_AUTO_TEST_CASE(a_process_that_is_dropped_is_ended) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        std::string pid;
        {
            auto process = co_await client.start(command::shell("echo $$; exec sleep 60"));
            const auto piece = co_await process.read();
            pid = piece.text();
            BOOST_TEST(runs(pid));
        }
        // The server ends it as by cancel; a new exec sees it gone, at the latest after the grace of 2 s.
        auto watcher = command::shell("for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do kill -0 $P || "
                                      "exit 0; sleep 0.2; done; exit 1")
                           .env("P", pid.substr(0, pid.find('\n')));
        const auto seen = co_await client.exec(std::move(watcher));
        BOOST_TEST(seen.ok());
    });
}

BOOST_AUTO_TEST_SUITE_END()

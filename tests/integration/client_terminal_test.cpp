// Commands in terminals, with real programs in them.

#include "support/screen.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

BOOST_AUTO_TEST_SUITE(sdk_terminal)

BOOST_AUTO_TEST_CASE(what_a_program_finds) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto script =
            "tty; stty size; echo $TERM; test -t 0 && test -t 1 && test -t 2 && echo all; "
            "ps -o tty=,pid=,sid=,pgid=,tpgid= -p $$; echo $$; stty -a | grep -o -w iutf8; ls -A /proc/$$/fd | cat";
        const auto r = co_await client.exec(command::shell(script).terminal({31, 127, "vt220"}));
        BOOST_TEST(r.ok());
        BOOST_TEST(r.err.empty());
        BOOST_TEST(r.out.starts_with("/dev/pts/"));
        BOOST_TEST(r.out.find("\r\n31 127\r\nvt220\r\nall\r\n") != std::string::npos, r.out);
        BOOST_TEST(r.out.find("\r\niutf8\r\n0\r\n1\r\n2\r\n") != std::string::npos, r.out);
        BOOST_TEST(r.out_summary.bytes == r.out.size());
    });
}

BOOST_AUTO_TEST_CASE(term_of_its_environment_and_without_one) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto what = command("/usr/bin/env").clear_env().terminal({24, 80});
        const auto bare = co_await client.exec(what);
        BOOST_TEST(bare.out == "TERM=xterm\r\n");
        const auto own = co_await client.exec(command(what).env("TERM", "dumb"));
        BOOST_TEST(own.out == "TERM=dumb\r\n");
    });
}

BOOST_AUTO_TEST_CASE(job_control_of_bash) {
    converse(bash(), [](screen& on) -> asio::awaitable<void> {
        co_await on.await("ready> ");
        // It starts no process: one that Ctrl-Z stops between vfork and exec keeps its parent from stopping.
        co_await on.type("python3 -c 'import signal as s; s.signal(s.SIGINT, s.SIG_DFL); "
                         "s.signal(s.SIGCONT, lambda *_: print(\"back\", flush=True)); "
                         "print(\"begun\", flush=True); [s.pause() for _ in iter(int, 1)]'\n");
        co_await on.await("begun\r\n");
        co_await on.type("\x1a"); // Ctrl-Z
        co_await on.await("Stopped");
        co_await on.type("jobs -s | wc -l\n");
        co_await on.await("\r1\r\n");
        co_await on.type("fg\n");
        co_await on.await("back\r\n");
        co_await on.type("\x03"); // Ctrl-C
        co_await on.await("ready> ");
        co_await on.type("echo $((128 + 2)) $?\n");
        co_await on.await("130 130\r\n");
        co_await on.type("exit 7\n");
        const auto r = co_await on.end();
        BOOST_TEST(r.exit_code.value_or(-1) == 7);
    });
}

BOOST_AUTO_TEST_CASE(characters_that_are_signals) {
    for (const auto& [typed, signal] : {std::pair("\x03", "INT"), std::pair("\x1c", "QUIT")})
        converse(command::shell("echo ready; exec sleep 1000"), [&](screen& on) -> asio::awaitable<void> {
            co_await on.await("ready");
            co_await on.type(typed);
            const auto r = co_await on.end();
            BOOST_TEST(r.signal.value_or("none") == signal);
        });
}

BOOST_AUTO_TEST_CASE(sizes) {
    converse(command::shell("trap 'stty size' WINCH; echo ready; while :; do sleep 0.02; done"),
             [](screen& on) -> asio::awaitable<void> {
                 co_await on.await("ready\r\n");
                 co_await on.it.resize(50, 132);
                 co_await on.await("50 132\r\n");
                 co_await on.it.resize(65'535, 1);
                 co_await on.await("65535 1\r\n");
                 BOOST_TEST(co_await error_of(on.it.resize(0, 5)) == errc::invalid_params);
                 on.it.cancel();
                 const auto r = co_await on.end();
                 BOOST_TEST((r.reason == exec_reason::cancelled));
                 BOOST_TEST(co_await error_of(on.it.resize(5, 5)) == errc::not_found);
             });
}

/// The last size is the one that stays, and nothing is lost meanwhile.
BOOST_AUTO_TEST_CASE(a_storm_of_sizes) {
    converse(command::shell("echo ready; cat; stty size"), [](screen& on) -> asio::awaitable<void> {
        co_await on.await("ready\r\n");
        for (std::uint16_t n = 1; n <= 300; ++n) {
            co_await on.it.resize(n, n);
            co_await on.type("x");
        }
        co_await on.type("\n\x04");
        const auto r = co_await on.end();
        const std::string all(300, 'x');
        BOOST_TEST(on.text == "ready\r\n" + all + "\r\n" + all + "\r\n300 300\r\n");
        BOOST_TEST(r.ok());
    });
}

BOOST_AUTO_TEST_CASE(a_command_without_a_terminal_has_no_size) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto process = co_await client.start(command("sleep", "1000"));
        BOOST_TEST(co_await error_of(process.resize(5, 5)) == errc::invalid_params);
    });
}

BOOST_AUTO_TEST_CASE(a_password_is_not_echoed) {
    converse(command("bash", "-c", "read -rs -p 'Password: ' p; echo; echo \"it has ${#p}\""),
             [](screen& on) -> asio::awaitable<void> {
                 co_await on.await("Password: ");
                 co_await on.type("secret\n");
                 const auto r = co_await on.end();
                 BOOST_TEST(on.text == "Password: \r\nit has 6\r\n");
                 BOOST_TEST(r.ok());
             });
}

/// Each byte passes as it is, both ways.
BOOST_AUTO_TEST_CASE(bytes_are_bytes) {
    converse(command::shell("stty raw -echo; echo ready; exec cat"), [](screen& on) -> asio::awaitable<void> {
        co_await on.await("ready\n");
        std::string all(256, '\0');
        std::iota(all.begin(), all.end(), '\0');
        co_await on.type(all);
        co_await on.await(all);
        on.it.cancel();
        const auto r = co_await on.end();
        BOOST_TEST(on.text == "ready\n" + all);
        BOOST_TEST((r.reason == exec_reason::cancelled));
    });
}

BOOST_AUTO_TEST_CASE(erasing_a_character_erases_all_its_bytes) {
    converse(command::shell("echo ready; cat"), [](screen& on) -> asio::awaitable<void> {
        co_await on.await("ready\r\n");
        co_await on.type("a\u20ac\x7f"
                         "b\n");
        on.it.close_stdin();
        const auto r = co_await on.end();
        BOOST_TEST(on.text.ends_with("\r\nab\r\n"), on.text);
        BOOST_TEST(r.ok());
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_input_is_typed) {
    for (const auto& [typed, read] : {std::pair("", ""), std::pair("line\n", "line"), std::pair("part", "part")})
        converse(command::shell("stty -echo; echo ready; x=$(cat); echo \"<$x>\""),
                 [&](screen& on) -> asio::awaitable<void> {
                     co_await on.await("ready\r\n");
                     if (*typed != '\0') co_await on.type(typed);
                     on.it.close_stdin();
                     const auto r = co_await on.end();
                     BOOST_TEST(on.text == "ready\r\n<" + std::string(read) + ">\r\n");
                     BOOST_TEST(r.ok());
                 });
}

BOOST_AUTO_TEST_CASE(another_character_for_the_end_of_input) {
    converse(command::shell("stty -echo eof '#'; echo ready; cat; stty eof undef; echo set; sleep 1000"),
             [](screen& on) -> asio::awaitable<void> {
                 co_await on.await("ready\r\n");
                 on.it.close_stdin();
                 co_await on.await("set\r\n");
                 on.it.cancel();
                 const auto r = co_await on.end();
                 BOOST_TEST((r.reason == exec_reason::cancelled));
             });
}

/// All that was printed comes, also from a program that dies at once.
BOOST_AUTO_TEST_CASE(last_words) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto what = command("perl", "-e", // which starts at once
                                  "syswrite STDOUT, sprintf('%04d', $_) . '.' x 1020 for 0..63; kill 9, $$");
        for (int round = 0; round < 20; ++round) {
            const auto r = co_await client.exec(command(what).terminal({24, 80}));
            BOOST_TEST(r.signal.value_or("none") == "KILL");
            BOOST_TEST(r.out.size() == 65'536U);
            BOOST_TEST(r.out.ends_with("0063" + std::string(1020, '.')));
        }
        for (int round = 0; round < 200; ++round) {
            const auto r = co_await client.exec(command("echo", "last words").terminal({24, 80}));
            BOOST_TEST(r.out == "last words\r\n");
        }
    });
}

/// A child that stays behind holds the terminal: it is awaited as one that holds a pipe, and then hung up.
BOOST_AUTO_TEST_CASE(a_child_holds_the_terminal) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto script = "trap '' HUP; (trap 'echo hung up' HUP; echo child; while :; do sleep 0.02; done) & "
                            "sleep 0.2; echo parent; exit 4";
        const auto r = co_await client.exec(command::shell(script).terminal({24, 80}));
        BOOST_TEST(r.exit_code.value_or(-1) == 4);
        BOOST_TEST((r.survivors == 0U));
        BOOST_TEST(r.out.starts_with("child\r\nparent\r\n"), r.out);
        BOOST_TEST(r.wall < 1s);
    });
}

/// It is no end of the output that the command has closed it for a while.
BOOST_AUTO_TEST_CASE(a_terminal_that_is_opened_again) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto script = "echo one; exec 0<&- 1>&- 2>&-; sleep 0.3; echo two >/dev/tty";
        const auto r = co_await client.exec(command::shell(script).terminal({24, 80}));
        BOOST_TEST(r.out == "one\r\ntwo\r\n");
        BOOST_TEST(r.ok());
    });
}

/// SIGHUP comes first: an interactive shell ignores SIGTERM, and passes the hang-up on.
BOOST_AUTO_TEST_CASE(a_shell_that_is_cancelled_is_hung_up) {
    converse(bash().grace(60s), [](screen& on) -> asio::awaitable<void> {
        co_await on.await("ready> ");
        co_await on.type("trap 'echo trapped' EXIT; sleep 1000 &\n");
        co_await on.await("1] ");
        on.it.cancel();
        const auto r = co_await on.end();
        BOOST_TEST((r.reason == exec_reason::cancelled));
        BOOST_TEST(r.signal.value_or("none") == "HUP");
        BOOST_TEST((r.survivors == 0U));
    });
}

/// A client that wants no more output hangs up, as a window that is closed.
BOOST_AUTO_TEST_CASE(stopped_output_is_a_hang_up) {
    converse(command("cat"), [](screen& on) -> asio::awaitable<void> {
        on.it.stop_output();
        const auto r = co_await on.it.wait();
        BOOST_TEST((r.reason == exec_reason::signaled));
        BOOST_TEST(r.signal.value_or("none") == "HUP");
    });
}

BOOST_AUTO_TEST_CASE(limits_of_time_and_output) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto slow = co_await client.exec(command("sleep", "1000").terminal({24, 80}).timeout(100ms));
        BOOST_TEST((slow.reason == exec_reason::timed_out));
        const auto much = co_await client.exec(command("yes").terminal({24, 80}).output_limit(100'000));
        BOOST_TEST((much.reason == exec_reason::output_limit));
        BOOST_TEST(much.out.size() == 100'000U);
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

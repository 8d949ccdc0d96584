// The end of a server: what is idle, in flight, or comes too late.

#include "support/proc.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include "tug/service/options.hpp"
#include "tug/service/server.hpp"

#include <boost/system/system_error.hpp>
#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace {

using namespace tug::test;
using clock_type = std::chrono::steady_clock;

double seconds_since(clock_type::time_point begin) {
    return std::chrono::duration<double>(clock_type::now() - begin).count();
}

/// A server that is told to stop while an exec is in flight.
struct stopping {
    explicit stopping(std::chrono::milliseconds grace = std::chrono::seconds(30))
        : server{{.adjust = [grace](auto& o) { o.grace = grace; }}} {
        begin("echo ready; read x; echo done");
    }

    void begin(std::string_view script) {
        busy = c.call("exec", R"({"stdin":true,"shell":)" + json_text(script) + "}");
        c.read(busy, "stdout", 6);
    }

    /// Returns when the server has begun to stop: it listens no more.
    void stop() {
        server.it().stop();
        BOOST_TEST(eventually([&] {
            try {
                static_cast<void>(server.unauthenticated());
                return false;
            } catch (const std::system_error&) {
                return true;
            }
        }));
    }

    test_server server;
    raw_client c = server.connect();
    std::uint64_t busy = 0;
};

BOOST_AUTO_TEST_SUITE(server_shutdown_test)

BOOST_AUTO_TEST_CASE(idle_connections_are_closed) {
    test_server server;
    auto a = server.connect();
    auto b = server.connect();
    BOOST_TEST(a.is_served());
    server.it().stop();
    BOOST_TEST(a.is_closed());
    BOOST_TEST(b.is_closed());
    server.it().wait();
}

BOOST_AUTO_TEST_CASE(strangers_are_closed) {
    test_server server{{.with_keys = true}};
    auto a = server.unauthenticated();
    a.hello();
    server.it().stop();
    BOOST_TEST(a.is_closed());
    server.it().wait();
}

/// Its client was accepted before the server began to stop, and could not know: one request is served, not two.
BOOST_FIXTURE_TEST_CASE(a_connection_that_has_just_come_is_served_once, stopping) {
    auto fresh = server.connect();
    stop();
    const auto& served = fresh.ask("exec", R"({"argv":["echo","served"]})");
    BOOST_TEST(served.text("stdout") == "served\n");
    BOOST_TEST(fresh.is_closed());
    c.write(busy, "stdin", "x\n", true);
    c.wait(busy);
}

/// A connection goes after its last answer.
BOOST_FIXTURE_TEST_CASE(calls_in_flight_finish, stopping) {
    stop();
    BOOST_TEST(c.is_served());
    for (const auto* method : {"get", "put"}) BOOST_TEST(c.ask(method, R"({"path":"a"})").error() == "shutting_down");
    const auto& refused = c.ask("exec", R"({"argv":["true"]})");
    BOOST_TEST(refused.error() == "shutting_down");
    BOOST_TEST(refused.data("retryable") == "true");
    BOOST_TEST(c.ask("rpc.discover").error() == "");
    BOOST_TEST(c.ask("exec.signal", R"({"call":1,"signal":"CONT"})").error() == "");
    c.write(busy, "stdin", "x\n", true);
    BOOST_TEST(c.wait(busy).text("stdout") == "ready\ndone\n");
    BOOST_TEST(c.is_closed());
    const auto begin = clock_type::now();
    server.it().wait();
    BOOST_TEST(seconds_since(begin) < 20.0); // it does not sit out the grace
}

/// An exec has a result all the same, others the error.
BOOST_AUTO_TEST_CASE(the_grace_ends) {
    stopping s(std::chrono::milliseconds(300));
    const auto put = s.c.call("put", R"({"path":"a"})");
    s.c.write(put, "data", "half");
    BOOST_TEST(s.c.is_served());
    const auto begin = clock_type::now();
    s.stop();
    BOOST_TEST(s.c.wait(put).error() == "shutting_down");
    BOOST_TEST(seconds_since(begin) > 0.25);
    BOOST_TEST(s.c.wait(s.busy).at("reason") == R"("cancelled")");
    BOOST_TEST(s.c.is_closed());
    s.server.it().wait();
    BOOST_TEST(s.server.files() == "");
    BOOST_TEST(zombies_of(::getpid()) == 0U);
}

/// The grace of a command is then no longer than usual, so that it is still answered.
BOOST_AUTO_TEST_CASE(a_command_with_a_long_grace_is_answered) {
    stopping s(std::chrono::milliseconds(300));
    const auto deaf =
        s.c.call("exec", R"({"shell":"trap '' TERM; echo ready; while :; do sleep 0.02; done","grace_ms":60000})");
    s.c.read(deaf, "stdout", 6);
    s.stop();
    BOOST_TEST(s.c.wait(deaf).at("signal") == R"("KILL")");
    s.server.it().wait();
}

BOOST_FIXTURE_TEST_CASE(a_second_stop_cuts_the_grace_short, stopping) {
    stop();
    BOOST_TEST(!c.has_input(200));
    server.it().stop();
    BOOST_TEST(c.wait(busy).at("reason") == R"("cancelled")");
    server.it().wait();
}

/// The second one may come before the first has done anything.
BOOST_FIXTURE_TEST_CASE(two_stops_at_once, stopping) {
    const auto begin = clock_type::now();
    server.it().stop();
    server.it().stop();
    server.it().wait();
    BOOST_TEST(seconds_since(begin) < 20.0);
}

/// Answers that still wait for a slow reader are delivered before its connection goes.
BOOST_AUTO_TEST_CASE(answers_that_wait_for_their_reader) {
    test_server server;
    auto c = server.connect();
    const auto content = sample_bytes(1'000'000);
    write_file(server.in_root("a"), content);
    c.gives_credit = false;
    for (int i = 0; i < 12; ++i) c.call("get", R"({"path":"a"})");
    BOOST_TEST(c.read(1, "data", 1) != "");
    server.it().stop();
    ::poll(nullptr, 0, 1500);
    for (std::uint64_t id = 1; id <= 12; ++id) BOOST_TEST((c.wait(id).text("data") == content));
    BOOST_TEST(c.is_closed());
    server.it().wait();
}

/// A command that does not listen is killed, and with it all that it has left behind.
BOOST_AUTO_TEST_CASE(nothing_survives_the_server) {
    const auto mark = sleep_mark();
    {
        test_server server;
        auto c = server.connect();
        const auto id = c.call("exec", R"({"shell":"trap '' TERM; setsid sleep )" + mark + " & echo ready; sleep " +
                                           mark + R"("})");
        c.read(id, "stdout", 6);
    }
    BOOST_TEST(processes_with(mark).empty());
    BOOST_TEST(zombies_of(::getpid()) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

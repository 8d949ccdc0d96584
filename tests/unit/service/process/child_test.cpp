#include "process/child.hpp"

#include "process_support.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <poll.h>

#include <csignal>
#include <memory>

namespace {

namespace asio = boost::asio;
using namespace tug::service;
using namespace tug::test;
using namespace std::chrono_literals;

// A failure shows in what the tests look at.
constexpr auto unowned = [](const std::exception_ptr&) {};

struct fixture : processes {
    std::unique_ptr<child> make(running& from) {
        return std::make_unique<child>(io.get_executor(), std::move(from.process));
    }

    /// Runs a coroutine to its end on this thread.
    template <class T>
    T run(asio::awaitable<T> work) {
        auto done = asio::co_spawn(io, std::move(work), asio::use_future);
        io.restart();
        io.run();
        return done.get();
    }

    exit_info wait(child& c) {
        const auto ended = run(c.wait());
        BOOST_REQUIRE(ended.has_value());
        return *ended;
    }

    /// Reads one line that is a pid.
    static pid_t read_pid(const running& from) { return static_cast<pid_t>(std::stol(read_line(from.out.get()))); }

    asio::io_context io{1};
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(child_test, fixture)

BOOST_AUTO_TEST_CASE(exit_9_is_not_sigkill) {
    auto nine = shell("exit 9");
    auto killed = shell("kill -KILL $$");
    const auto a = make(nine);
    const auto b = make(killed);
    const auto exited = wait(*a);
    const auto signaled = wait(*b);
    BOOST_TEST((!exited.signaled && exited.code_or_signal == 9));
    BOOST_TEST((signaled.signaled && signaled.code_or_signal == SIGKILL));
    a->reap();
    b->reap();
}

BOOST_AUTO_TEST_CASE(all_exit_codes_are_told) {
    for (const int code : {0, 1, 127, 128, 137, 255}) {
        auto process = shell("exit " + std::to_string(code));
        const auto c = make(process);
        BOOST_TEST(wait(*c).code_or_signal == code);
        BOOST_TEST(wait(*c).code_or_signal == code); // and told again
        c->reap();
        BOOST_TEST(c->ended()->code_or_signal == code);
    }
}

BOOST_AUTO_TEST_CASE(usage_is_that_of_the_process) {
    auto busy = shell("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done");
    const auto c = make(busy);
    const auto ended = wait(*c);
    BOOST_TEST(ended.user_us + ended.system_us > 1000);
    BOOST_TEST(ended.max_rss_bytes > 100'000);
    BOOST_TEST(ended.max_rss_bytes % 1024 == 0);
    c->reap();
}

BOOST_AUTO_TEST_CASE(the_pid_stays_until_reap) {
    auto process = shell(":");
    const auto c = make(process);
    const pid_t pid = c->processes().root;
    wait(*c);
    BOOST_TEST(::kill(pid, 0) == 0);
    c->reap();
    BOOST_TEST(::kill(pid, 0) == -1);
    c->reap(); // nothing more to do
}

BOOST_AUTO_TEST_CASE(a_cancelled_wait_changes_nothing) {
    auto process = start(request({"sleep", "1000"}));
    const auto c = make(process);
    asio::cancellation_signal cancel;
    bool told = true;
    auto waiting = [&]() -> asio::awaitable<void> { told = (co_await c->wait()).has_value(); };
    asio::co_spawn(io, waiting, asio::bind_cancellation_slot(cancel.slot(), unowned));
    asio::post(io, [&] { cancel.emit(asio::cancellation_type::terminal); });
    io.run();
    BOOST_TEST(!told);
    BOOST_TEST(!c->ended().has_value());
    BOOST_TEST(c->signal(SIGKILL));
    BOOST_TEST(wait(*c).code_or_signal == SIGKILL);
    BOOST_TEST(!c->signal(SIGKILL));
    c->reap();
}

BOOST_AUTO_TEST_CASE(several_may_wait) {
    auto process = start(request({"sleep", "1000"}));
    const auto c = make(process);
    int told = 0;
    auto waiting = [&]() -> asio::awaitable<void> { told += (co_await c->wait()).has_value() ? 1 : 0; };
    for (int i = 0; i < 3; ++i) asio::co_spawn(io, waiting, unowned);
    asio::post(io, [&] { c->signal(SIGTERM); });
    io.run();
    BOOST_TEST(told == 3);
    c->reap();
}

BOOST_AUTO_TEST_CASE(signals_go_to_the_group) {
    auto process =
        shell("sh -c 'trap \"echo child\" USR1; echo $$; sleep 1000 & wait; wait' & trap : USR1; wait; wait");
    const auto c = make(process);
    read_pid(process);
    BOOST_TEST(c->signal(SIGUSR1));
    BOOST_TEST(read_line(process.out.get()) == "child");
    BOOST_TEST((run(c->end_tree(pool, 0ms)) == 0U));
    c->reap();
}

BOOST_AUTO_TEST_CASE(a_tree_that_obeys_ends_by_sigterm) {
    // The one that speaks is the last: what is forked during the SIGTERM does not get it, and has the whole grace.
    auto process = shell("trap 'exit 3' TERM; sleep 1000 & (setsid sh -c 'echo $$; exec sleep 1000' &); wait");
    const auto c = make(process);
    const pid_t daemon = read_pid(process);
    BOOST_TEST((run(c->end_tree(pool, 60s)) == 0U));
    BOOST_TEST(!is_running(daemon));
    BOOST_TEST(!c->ended()->signaled);
    BOOST_TEST(c->ended()->code_or_signal == 3);
    c->reap();
}

BOOST_AUTO_TEST_CASE(a_tree_that_does_not_is_killed) {
    auto process = shell("trap '' TERM; (setsid sh -c 'echo $$; exec sleep 1000' &); sleep 1000 & wait");
    const auto c = make(process);
    const pid_t daemon = read_pid(process);
    BOOST_TEST((run(c->end_tree(pool, 50ms)) == 0U));
    BOOST_TEST(!is_running(daemon));
    BOOST_TEST((c->ended()->signaled && c->ended()->code_or_signal == SIGKILL));
    c->reap();
}

BOOST_AUTO_TEST_CASE(a_stopped_root_gets_its_sigterm) {
    auto process = shell("echo $$; kill -STOP $$");
    const auto c = make(process);
    read_pid(process);
    BOOST_TEST((run(c->end_tree(pool, 60s)) == 0U));
    BOOST_TEST(c->ended().has_value());
    c->reap();
}

BOOST_AUTO_TEST_CASE(what_a_root_left_behind_is_ended_and_its_own_end_stays) {
    auto process = shell("(trap '' TERM; setsid sh -c 'echo $$; exec sleep 1000' &); exit 5");
    const auto c = make(process);
    const pid_t daemon = read_pid(process);
    BOOST_TEST(wait(*c).code_or_signal == 5);
    BOOST_TEST(is_running(daemon));
    BOOST_TEST((run(c->end_tree(pool, 50ms)) == 0U));
    BOOST_TEST(!is_running(daemon));
    BOOST_TEST(c->ended()->code_or_signal == 5);
    c->reap();
}

BOOST_AUTO_TEST_CASE(a_cancel_neither_stops_the_end_nor_is_lost) {
    auto process = shell("trap '' TERM; echo $$; sleep 1000 & wait");
    const auto c = make(process);
    const pid_t root = read_pid(process);
    asio::cancellation_signal cancel;
    bool ended = false;
    bool cancelled = false;
    auto call = [&]() -> asio::awaitable<void> {
        ended = co_await c->end_tree(pool, 50ms) == 0;
        cancelled = (co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none;
    };
    asio::co_spawn(io, call, asio::bind_cancellation_slot(cancel.slot(), unowned));
    asio::post(io, [&] { cancel.emit(asio::cancellation_type::terminal); });
    io.run();
    BOOST_TEST(ended);
    BOOST_TEST(cancelled);
    BOOST_TEST(!is_running(root));
    c->reap();
}

BOOST_AUTO_TEST_CASE(reap_alone_keeps_the_children) {
    auto process = shell("(setsid sh -c 'echo $$; exec sleep 1000' &)");
    const auto c = make(process);
    const auto call = c->processes();
    const pid_t kept = read_pid(process);
    wait(*c);
    c->reap();
    BOOST_TEST(is_running(kept));
    BOOST_TEST(kill_all({kept, call.tag}));
    // Its number served as that of a root above, which kill_all leaves to be reaped.
    BOOST_TEST(::waitpid(kept, nullptr, 0) == kept);
}

BOOST_AUTO_TEST_CASE(a_child_that_goes_takes_its_tree_along) {
    auto process = shell("(setsid sh -c 'echo $$; exec sleep 1000' &); trap '' TERM; sleep 1000 & wait");
    auto c = make(process);
    const pid_t root = c->processes().root;
    const pid_t daemon = read_pid(process);
    c.reset();
    BOOST_TEST(::kill(root, 0) == -1);
    BOOST_TEST(!is_running(daemon));
}

BOOST_AUTO_TEST_CASE(a_destroyed_coroutine_leaves_no_process) {
    auto waiting = start(request({"sleep", "1000"}));
    auto ending = shell("trap 'echo got' TERM; echo ready; while :; do sleep 0.02; done");
    read_line(ending.out.get());
    const std::vector<pid_t> roots{waiting.process.pid(), ending.process.pid()};
    {
        asio::io_context doomed{1};
        tug::net::blocking_pool own{1};
        const auto call = [](asio::io_context& where, spawned process,
                             tug::net::blocking_pool* end) -> asio::awaitable<void> {
            child c(where.get_executor(), std::move(process));
            if (end != nullptr) co_await c.end_tree(*end, 60s);
            co_await c.wait();
        };
        asio::co_spawn(doomed, call(doomed, std::move(waiting.process), nullptr), unowned);
        asio::co_spawn(doomed, call(doomed, std::move(ending.process), &own), unowned);
        pollfd got{ending.out.get(), POLLIN, 0};
        while (::poll(&got, 1, 0) == 0) doomed.run_one_for(5ms); // until both coroutines are where they wait
        own.join();                                              // blocking work refers to the coroutine
    }
    for (const pid_t pid : roots) BOOST_TEST(::kill(pid, 0) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

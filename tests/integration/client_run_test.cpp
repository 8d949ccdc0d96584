// client::run(): inputs, a command and outputs in one round trip and one truth.

#include "support/fake_server.hpp"
#include "support/proc.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <tug/run_options.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

struct files_here {
    temp_dir dir;

    [[nodiscard]] std::string made(const std::string& name, std::string_view text) const {
        write_file(dir / name, text);
        return dir / name;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(sdk_run_in_order, files_here)

BOOST_AUTO_TEST_CASE(all_in_order) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto what = run_options().put(made("a", "one\n"), "a").put(made("b", "two\n"), "b");
        what.command(command::shell("cat a b >both; echo said"));
        what.get("both", dir / "both");
        const auto r = co_await client.run(std::move(what));
        BOOST_TEST(r.ok());
        BOOST_TEST(r.steps.size() == 4U);
        BOOST_TEST(r.command->out == "said\n");
        BOOST_TEST(read_file(dir / "both") == "one\ntwo\n");
    });
}

/// The server answers nothing before it has every request and all data.
BOOST_AUTO_TEST_CASE(one_round_trip) {
    run([&]() -> asio::awaitable<void> {
        std::string heard;
        const auto script = [&](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello("[]", 8);
            while (heard.find("get ") == std::string::npos) {
                const auto f = co_await peer.receive();
                const auto json = f.json();
                heard += std::string(json.at("method").as_string()) + " ";
                const auto* after = json.at("params").as_object().if_contains("after");
                if (after) heard += "after" + boost::json::serialize(*after) + " ";
            }
            peer.close();
        };
        fake_server server(co_await asio::this_coro::executor, script);
        auto client = co_await client::connect(server.address());
        auto what = run_options().put(made("a", "one\n"), "a");
        what.command(command("true")).get("a", dir / "b");
        const auto r = co_await client.run(std::move(what));
        BOOST_TEST(heard.find("put ") == 0U);
        BOOST_TEST(heard.find("exec after[1] ") != std::string::npos);
        BOOST_TEST(heard.find("get after[2] ") != std::string::npos);
        BOOST_TEST((r.first_failure()->why->code == errc::connection_lost));
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(what_failed_and_what_was_not_done) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto what = run_options().put(made("a", "one\n"), "no/such/a").put(made("b", "two\n"), "b");
        what.command(command::shell("touch ran")).get("b", dir / "out");
        const auto r = co_await client.run(std::move(what));
        BOOST_TEST(!r.ok());
        BOOST_TEST((r.first_failure()->what == run_step::type::put && r.first_failure()->remote == "no/such/a"));
        BOOST_TEST((r.first_failure()->why->code == errc::not_found));
        BOOST_TEST(!r.steps[1].why);
        BOOST_TEST((r.steps[2].skipped() && r.steps[3].skipped()));
        BOOST_TEST((!r.command && !fs::exists(server.in_root("ran")) && !fs::exists(dir / "out")));
        // A local file that is not there: nothing that would follow is sent.
        auto missing = run_options().put(dir / "nothing", "x").command(command::shell("touch ran"));
        const auto m = co_await client.run(std::move(missing));
        BOOST_TEST((m.first_failure()->why->code == errc::local_io && m.steps[1].skipped()));
        BOOST_TEST(!fs::exists(server.in_root("ran")));
        // A command that fails is a value; what it was to bring is not fetched.
        auto failing = run_options().command(command::shell("exit 3")).get("b", dir / "out");
        const auto f = co_await client.run(std::move(failing));
        BOOST_TEST((!f.ok() && !f.first_failure() && f.command->exit_code == 3 && f.steps[1].skipped()));
    });
}

BOOST_AUTO_TEST_CASE(a_fresh_directory) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto what = run_options().put(made("a", "one\n"), "a").in_fresh_directory("work");
        what.command(command::shell("pwd; cp a c")).get("c", dir / "c");
        const auto r = co_await client.run(std::move(what));
        BOOST_TEST(r.ok());
        BOOST_TEST(r.command->out.ends_with("/work\n"));
        BOOST_TEST(read_file(dir / "c") == "one\n");
        BOOST_TEST(fs::is_empty(server.in_root(".")));
        // It goes after a failure too, and one that is there already is no fresh one.
        auto failing = run_options().put(made("a", "one\n"), "a").in_fresh_directory("/");
        failing.command(command("false"));
        const auto f = co_await client.run(std::move(failing));
        BOOST_TEST((!f.ok() && !f.first_failure() && f.steps.front().remote.starts_with("/run-")));
        BOOST_TEST(fs::is_empty(server.in_root(".")));
        fs::create_directory(server.in_root("work"));
        auto taken = run_options().put(made("a", "one\n"), "a").in_fresh_directory("work");
        const auto t = co_await client.run(std::move(taken));
        BOOST_TEST((t.first_failure()->why->code == errc::already_exists && t.steps[1].skipped()));
        BOOST_TEST((fs::exists(server.in_root("work")) && fs::is_empty(server.in_root("work"))));
    });
}

/// Begins a run and cancels it once `when` has come; what it then fails with.
asio::awaitable<errc> cancelled_when(client& on, run_options what, std::function<bool()> when) {
    const auto executor = co_await asio::this_coro::executor;
    asio::cancellation_signal stop;
    net::condition done(executor);
    std::optional<errc> ended;
    asio::co_spawn(executor, error_of(on.run(std::move(what))),
                   asio::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, errc e) {
                       ended = e;
                       done.notify_all();
                   }));
    while (!when()) co_await on.ping("");
    stop.emit(asio::cancellation_type::terminal);
    while (!ended) co_await done.async_wait(asio::use_awaitable);
    co_return *ended;
}

/// Nothing of it runs on, nothing that was to follow is done, and its directory is gone when it returns.
BOOST_AUTO_TEST_CASE(cancelled_in_flight) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        const auto mark = sleep_mark();
        auto what = run_options().put(made("a", "one\n"), "a").in_fresh_directory("work");
        what.command(command::shell("sleep " + mark + " & sleep " + mark)).get("a", dir / "out");
        const auto runs = [&] { return processes_with(mark).size() >= 2; };
        const auto why = co_await cancelled_when(client, std::move(what), runs);
        BOOST_TEST((why == errc::cancelled));
        BOOST_TEST(eventually([&] { return processes_with(mark).empty(); })); // reaped while the answer is read
        BOOST_TEST((!fs::exists(dir / "out") && fs::is_empty(server.in_root("."))));
        for (int times = 0; times < 10; ++times) { // before anything of it was answered, and at no certain point
            auto early = run_options().put(made("b", std::string(1 << 20, 'b')), "b").in_fresh_directory("work");
            early.command(command::shell("touch ../ran"));
            const auto at_once = co_await cancelled_when(client, std::move(early), [] { return true; });
            BOOST_TEST((at_once == errc::cancelled));
            BOOST_TEST(fs::is_empty(server.in_root(".")));
        }
        auto again = run_options().command(command::shell("echo still here"));
        const auto r = co_await client.run(std::move(again));
        BOOST_TEST((r.ok() && r.command->out == "still here\n"));
    });
}

/// The trace of a connection is that of its commands; a malformed one is none.
BOOST_AUTO_TEST_CASE(a_trace) {
    const test_server server;
    const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    run([&]() -> asio::awaitable<void> {
        const auto show = command::shell("echo ${TRACEPARENT-none} ${TRACESTATE-none}");
        auto traced = co_await client::connect(server.address(), connect_options().trace(parent, "a=1"));
        const auto r = co_await traced.exec(show);
        BOOST_TEST(r.out == parent + " a=1\n");
        auto plain = co_await client::connect(server.address(), connect_options().trace("00-zz", "a=1"));
        const auto p = co_await plain.exec(show);
        BOOST_TEST(p.out == "none none\n");
    });
}

BOOST_AUTO_TEST_SUITE_END()

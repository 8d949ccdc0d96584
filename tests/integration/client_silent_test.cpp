#include "establish.hpp"

#include "support/fake_server.hpp"
#include "support/hostile_replies.hpp"
#include "support/sdk_run.hpp"

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <string>

// A server that does not answer, or answers when no caller waits any more: it holds nothing up.

using namespace tug;
using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

using script = fake_server::script;

/// A client that awaits answers to rpc.cancel and rpc.bye for other times than those of the SDK.
asio::awaitable<client> impatient(std::string where, connect_options how, detail::session::end_timeouts waits) {
    auto to = tug::address::parse(where).value();
    auto connecting = detail::establish(co_await asio::this_coro::executor, std::move(to), std::move(how));
    auto session = (co_await std::move(connecting)).value();
    session->timeouts = waits;
    co_return client(std::move(session));
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_silent_server)

BOOST_AUTO_TEST_CASE(close_does_not_wait_for_what_nobody_waits_for) {
    run([]() -> asio::awaitable<void> {
        fake_server server(co_await asio::this_coro::executor, stay_silent);
        const auto how = connect_options().answer_within(100ms);
        const detail::session::end_timeouts waits{60s, 1ms};
        {
            auto client = co_await impatient(server.address(), how, waits);
            BOOST_TEST((co_await error_of(client.ping())) == errc::timed_out);
            co_await client.close();
            BOOST_TEST(!client.is_open());
        }
        {
            auto client = co_await impatient(server.address(), how, waits);
            {
                auto dropped = co_await client.start(command("true"));
            }
            co_await client.close();
            BOOST_TEST(!client.is_open());
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_too_late) {
    run([]() -> asio::awaitable<void> {
        const script says = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive("rpc.cancel"); // the first ping has timed out
            co_await peer.result(R"("x")");
            (void)co_await peer.receive("rpc.ping");
            co_await peer.send(R"({"jsonrpc":"2.0","id":2,"result":"y"})");
            co_await peer.until_closed();
        };
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto how = connect_options().answer_within(100ms);
            auto client = co_await client::connect(server.address(), std::move(how));
            BOOST_TEST((co_await error_of(client.ping("x"))) == errc::timed_out);
            auto other = co_await client.ping("y");
            BOOST_TEST(other == "y");
        }
        co_await server.stop();
    });
}

/// A command that has a long grace is awaited longer after a cancel than one that has none and was cancelled later.
BOOST_AUTO_TEST_CASE(a_cancelled_command_is_awaited_for_its_grace) {
    run([]() -> asio::awaitable<void> {
        const script says = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive("rpc.ping");
            for (const auto* stream : {"stdout", "stderr"}) co_await peer.data(stream, "", true);
            const auto nothing = R"({"bytes":0,"digest":")" + digest_text("") + "\"}";
            co_await peer.result(R"({"reason":"cancelled","signal":"TERM","stdout":)" + nothing + R"(,"stderr":)" +
                                 nothing + R"(,"usage":{"user_us":0,"system_us":0,"max_rss_bytes":0},"wall_us":0})");
            co_await peer.send(R"({"jsonrpc":"2.0","id":3,"result":"x"})");
            co_await peer.until_closed();
        };
        fake_server server(co_await asio::this_coro::executor, says);
        const detail::session::end_timeouts waits{1ms, 60s};
        {
            auto client = co_await impatient(server.address(), connect_options(), waits);
            auto patient = co_await client.start(command("true").grace(60s));
            auto hasty = co_await client.start(command("true").grace(0ms));
            patient.cancel();
            hasty.cancel();
            BOOST_TEST((co_await error_of(hasty.wait())) == errc::timed_out);
            BOOST_TEST((co_await client.ping("x")) == "x"); // before that it answers the other
            const auto r = co_await patient.wait();
            BOOST_TEST((r.reason == exec_reason::cancelled));
            BOOST_TEST(!r.survivors.has_value());
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(abandoned_transfers_do_not_keep_their_turns) {
    constexpr int at_once = 64;
    run([]() -> asio::awaitable<void> {
        const script says = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello("[]", at_once);
            // It answers none of them before it hears from the next one; then what it says of them changes nothing.
            (void)co_await peer.receive("last");
            co_await peer.data("data", "late");
            for (int id = 1; id <= at_once + 1; ++id)
                co_await peer.send(R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":{}})");
            co_await peer.until_closed();
        };
        fake_server server(co_await asio::this_coro::executor, says);
        const detail::session::end_timeouts waits{100ms, 60s};
        {
            auto client = co_await impatient(server.address(), connect_options(), waits);
            const auto inward = streams().to_client("data");
            for (int i = 0; i < at_once; ++i) {
                auto dropped = co_await client.open("get", boost::json::object(), inward);
            }
            const auto outward = streams().to_server("data");
            auto last = co_await client.open("last", boost::json::object(), outward);
            const auto result = co_await last.finish();
            BOOST_TEST(result.is_object());
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

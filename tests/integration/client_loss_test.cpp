#include "support/fake_server.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"

#include <boost/asio/this_coro.hpp>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

// The connection ends in the middle of everything: every await ends, and nothing half is left.

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

using user = std::function<asio::awaitable<errc>(client&)>;

/// What the call ends with where the server ends the connection after that many frames of the client.
errc outcome(const user& calls, int frames, bool reset) {
    errc ended = errc::success;
    run([&]() -> asio::awaitable<void> {
        const fake_server::script says = [=](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            for (int i = 0; i < frames; ++i) (void)co_await peer.receive();
            peer.close(reset);
        };
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto client = co_await client::connect(server.address());
            ended = co_await calls(client);
            BOOST_TEST((co_await error_of(client.ping())) == errc::connection_lost);
            BOOST_TEST(!client.is_open());
        }
        co_await server.stop();
    });
    return ended;
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_connection_loss)

BOOST_AUTO_TEST_CASE(every_call_ends) {
    const temp_dir dir;
    write_file(dir / "local", std::string(9'000'000, 'x'));
    const auto which = streams().to_server("in").to_client("out");
    const std::vector<user> calls{
        [](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.ping("x")); },
        [](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.discover()); },
        [](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.exec(command("cat").input("x"))); },
        [&](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.put(dir / "local", "a")); },
        [](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.put_bytes("x", "a")); },
        [&](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.get("a", dir / "back")); },
        [](client& c) -> asio::awaitable<errc> { co_return co_await error_of(c.get_bytes("a")); },
        [](client& c) -> asio::awaitable<errc> {
            auto process = co_await c.start(command("cat").with_stdin());
            co_return co_await error_of(process.read());
        },
        [](client& c) -> asio::awaitable<errc> {
            auto process = co_await c.start(command("cat").with_stdin());
            co_return co_await error_of(process.write(std::string(5'000'000, 'x')));
        },
        [](client& c) -> asio::awaitable<errc> {
            auto process = co_await c.start(command("cat").with_stdin());
            co_return co_await error_of(process.wait());
        },
        [](client& c) -> asio::awaitable<errc> {
            auto process = co_await c.start(command("cat").with_stdin());
            co_return co_await error_of(process.signal("INT"));
        },
        [&](client& c) -> asio::awaitable<errc> {
            auto call = co_await c.open("x", json::object(), which);
            co_return co_await error_of(call.read("out"));
        },
        [&](client& c) -> asio::awaitable<errc> {
            auto call = co_await c.open("x", json::object(), which);
            co_return co_await error_of(call.finish());
        },
    };
    for (std::size_t i = 0; i < calls.size(); ++i)
        for (const bool reset : {false, true}) {
            const auto ended = outcome(calls[i], 1, reset);
            BOOST_TEST(ended == errc::connection_lost, "call " << i << ": " << name_of(ended));
        }
    BOOST_TEST(!std::filesystem::exists(dir / "back"));
}

BOOST_AUTO_TEST_CASE(those_who_wait_for_their_turn_too) {
    const user queued = [](client& c) -> asio::awaitable<errc> {
        // The fake server takes two at a time: this one waits until the connection has gone.
        auto first = co_await c.start(command("true"));
        auto second = co_await c.start(command("true"));
        co_return co_await error_of(c.exec(command("true")));
    };
    BOOST_TEST(outcome(queued, 2, false) == errc::connection_lost);
}

BOOST_AUTO_TEST_CASE(output_that_came_before_is_still_read) {
    run([]() -> asio::awaitable<void> {
        const fake_server::script says = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive();
            co_await peer.data("stdout", "before the end");
            peer.close();
        };
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto client = co_await client::connect(server.address());
            auto process = co_await client.start(command("true"));
            const auto lost = co_await error_of(process.wait());
            BOOST_TEST(lost == errc::connection_lost);
            const auto piece = co_await process.read();
            BOOST_TEST(piece.text() == "before the end");
            BOOST_TEST((co_await error_of(process.read())) == errc::connection_lost);
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(the_last_word_of_the_server_is_kept) {
    run([]() -> asio::awaitable<void> {
        const fake_server::script says = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive();
            co_await peer.send(
                R"({"jsonrpc":"2.0","id":null,"error":{"code":-32019,"message":"ending","data":{"name":"shutting_down","retryable":true}}})");
            peer.close();
        };
        fake_server server(co_await asio::this_coro::executor, says);
        {
            auto client = co_await client::connect(server.address());
            BOOST_TEST((co_await error_of(client.exec(command("true")))) == errc::shutting_down);
            BOOST_TEST((co_await error_of(client.ping())) == errc::shutting_down);
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_SUITE_END()

// A connection of the SDK that is logged in for another program: what that is greeted with, and frames that pass as
// they are.

#include "support/fake_server.hpp"
#include "support/frames.hpp"
#include "support/sdk_run.hpp"
#include "support/talk.hpp"
#include "support/test_server.hpp"

#include <tug/error.hpp>
#include <tug/relay_connection.hpp>

#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <string>

using namespace tug::test;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using tug::chunk;
using tug::connect_options;
using tug::errc;
using tug::relay_connection;

namespace {

connect_options as(std::string_view id) {
    return connect_options().with(tug::credentials(std::string(id), key_of(id)));
}

/// The bytes of one whole frame.
asio::awaitable<std::string> one_frame(relay_connection& from) {
    std::string seen;
    for (;;) {
        const auto piece = co_await from.read(1000);
        if (piece.empty()) co_return seen;
        seen.append(piece.text());
        try {
            if (frames_of(seen).size() == 1) co_return seen;
        } catch (const std::runtime_error&) { // not whole yet
        }
    }
}

asio::awaitable<void> connect_and_leave(std::string to, connect_options how) {
    const auto there = co_await relay_connection::connect(std::move(to), std::move(how));
    BOOST_TEST(!there.greeting().empty());
}

} // namespace

BOOST_AUTO_TEST_SUITE(relay_connections)

BOOST_AUTO_TEST_CASE(greeted_and_relayed) {
    server_setup setup;
    setup.with_keys = true;
    const test_server server(setup);
    run([&]() -> asio::awaitable<void> {
        auto there = co_await relay_connection::connect(server.address(), as("get"));
        const auto greeting = frames_of(there.greeting());
        BOOST_REQUIRE(greeting.size() == 1);
        const auto params = greeting[0].json().at("params");
        BOOST_TEST((params.at("auth").as_array().empty() && params.at("binding").as_array().empty()));
        BOOST_TEST((params.at("permissions") == boost::json::array{"get"}));
        const auto asked = frame(request("7", "rpc.ping", R"({"payload":"x"})"));
        co_await there.write(chunk::copy_of(asked.substr(0, 5)));
        co_await there.write(chunk::copy_of(asked.substr(5)));
        const auto answer = co_await one_frame(there);
        BOOST_TEST((frames_of(answer)[0].json().at("id") == 7));
        co_await there.write(chunk::copy_of(frame(request("8", "exec", R"({"argv":["true"]})"))));
        const auto refused = co_await one_frame(there);
        BOOST_TEST(error_text(frames_of(refused)[0].json()) == "permission_denied 8");
    });
}

BOOST_AUTO_TEST_CASE(without_keys_nothing_is_said_of_permissions) {
    const test_server server;
    run([&]() -> asio::awaitable<void> {
        auto there = co_await relay_connection::connect(server.address(), connect_options());
        const auto greeting = frames_of(there.greeting());
        BOOST_TEST(!greeting.at(0).json().at("params").as_object().contains("permissions"));
    });
}

BOOST_AUTO_TEST_CASE(wrong_keys_and_servers) {
    server_setup setup;
    setup.with_keys = true;
    const test_server keyed(setup);
    const test_server open;
    run([&]() -> asio::awaitable<void> {
        auto wrong = connect_options().with(tug::credentials("all", key_of("put")));
        BOOST_TEST(co_await error_of(connect_and_leave(keyed.address(), wrong)) == errc::auth_failed);
        BOOST_TEST(co_await error_of(connect_and_leave(keyed.address(), connect_options())) == errc::auth_required);
        BOOST_TEST(co_await error_of(connect_and_leave(open.address(), as("all"))) == errc::server_auth_failed);
        BOOST_TEST(co_await error_of(connect_and_leave("127.0.0.1:1", as("all"))) == errc::connect_failed);
        const auto executor = co_await asio::this_coro::executor;
        fake_server silent(executor, [](fake_peer& peer) -> asio::awaitable<void> { co_await peer.until_closed(); });
        auto soon = connect_options().deadline(50ms);
        BOOST_TEST(co_await error_of(connect_and_leave(silent.address(), soon)) == errc::connect_timed_out);
        fake_server other(executor, [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.send_raw("HTTP/1.1 400 Bad Request\r\n\r\n");
            co_await peer.until_closed();
        });
        BOOST_TEST(co_await error_of(connect_and_leave(other.address(), as("all"))) == errc::protocol_violation);
        co_await silent.stop();
        co_await other.stop();
    });
}

BOOST_AUTO_TEST_CASE(the_end_of_the_server_is_the_end) {
    server_setup setup;
    setup.with_keys = true;
    auto server = std::make_unique<test_server>(setup);
    run([&]() -> asio::awaitable<void> {
        auto there = co_await relay_connection::connect(server->address(), as("all"));
        co_await there.write(chunk::copy_of(frame(notice("rpc.bye"))));
        const auto piece = co_await there.read(100);
        BOOST_TEST(piece.empty());
    });
}

BOOST_AUTO_TEST_SUITE_END()

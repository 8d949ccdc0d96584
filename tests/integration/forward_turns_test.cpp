// Tunnels and commands of one connection: neither takes the turns of the other.

#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <tug/service/options.hpp>
#include <tug/tunnel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Clients may run anything, and reach any port of this host; one call, two tunnels at once.
server_setup narrow() {
    server_setup how;
    how.adjust = [](service::options& o) {
        o.allow_connect = {"127.0.0.1:*"};
        o.limits.in_flight = 1;
        o.limits.long_in_flight = 2;
    };
    return how;
}

BOOST_AUTO_TEST_SUITE(forward_turns_test)

BOOST_AUTO_TEST_CASE(tunnels_leave_commands_theirs) {
    asio::io_context io(1);
    const tcp::acceptor target(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    const auto port = target.local_endpoint().port();
    const test_server server(narrow());
    run_on(io, [&]() -> asio::awaitable<void> {
        const auto executor = co_await asio::this_coro::executor;
        auto client = co_await client::connect(server.address());
        auto first = co_await client.connect_through("127.0.0.1", port);
        const auto second = co_await client.connect_through("127.0.0.1", port);
        bool third_stands = false;
        asio::steady_timer stands(executor, asio::steady_timer::time_point::max());
        const auto connect_third = [&]() -> asio::awaitable<void> {
            const auto third = co_await client.connect_through("127.0.0.1", port);
            third_stands = true;
            stands.cancel();
        };
        asio::co_spawn(executor, connect_third(), [](std::exception_ptr e) { BOOST_TEST(!e); });
        auto what = command("true");
        const auto ran = co_await client.exec(std::move(what));
        BOOST_TEST(ran.exit_code.value_or(-1) == 0);
        BOOST_TEST(!third_stands);
        first.close(); // makes room
        if (!third_stands) static_cast<void>(co_await stands.async_wait(asio::as_tuple(asio::use_awaitable)));
        BOOST_TEST(third_stands);
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

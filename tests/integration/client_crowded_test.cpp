// Much that goes both ways at once: each side has more to send than the other has read.

#include "support/sdk_run.hpp"
#include "support/test_ca.hpp"
#include "support/test_server.hpp"

#include <tug/net/tls.hpp>
#include <tug/service/options.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <string>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

namespace {

constexpr std::size_t largest = 1'048'576 - 100; // what fits into an envelope

asio::awaitable<void> ping_with(client& c, std::string text) {
    const auto back = co_await c.ping(text);
    BOOST_TEST((back == text));
}

/// That many pings of that size at once.
asio::awaitable<void> ping_many(client& c, int count, std::size_t size) {
    const auto executor = co_await asio::this_coro::executor;
    net::condition done(executor);
    std::exception_ptr failed;
    int left = count;
    const auto ended = [&](std::exception_ptr e) {
        if (e) failed = e;
        if (--left == 0) done.notify_all();
    };
    for (int i = 0; i < count; ++i)
        asio::co_spawn(executor, ping_with(c, std::string(size, static_cast<char>('a' + i % 26))), ended);
    while (left > 0) co_await done.async_wait(asio::use_awaitable);
    if (failed) std::rethrow_exception(failed);
}

void converse(const std::string& address, const connect_options& how = connect_options()) {
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(address, how);
        co_await ping_many(client, 1000, 60'000);
        co_await ping_many(client, 60, largest);
        co_await ping_many(client, 1, largest);
    });
}

} // namespace

BOOST_AUTO_TEST_SUITE(sdk_crowded)

BOOST_AUTO_TEST_CASE(over_a_unix_socket) {
    const test_server server({.on_unix_socket = true});
    converse(server.address());
}

BOOST_AUTO_TEST_CASE(over_tcp) {
    const test_server server;
    converse(server.address());
}

BOOST_AUTO_TEST_CASE(over_tls) {
    test_ca ca;
    const auto own = ca.issue();
    server_setup how;
    how.prepare = [&](service::server& s) {
        s.set_tls(net::tls_context::for_server({own.certificate, own.key, {}}).value());
    };
    const test_server server(how);
    converse(server.address(), connect_options().tls(tls_options().ca_file(ca.file())));
}

BOOST_AUTO_TEST_SUITE_END()

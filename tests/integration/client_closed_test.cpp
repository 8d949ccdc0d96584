// client::closed(): the end of a connection as an event.

#include "support/fake_server.hpp"
#include "support/io_thread.hpp"
#include "support/sdk_run.hpp"
#include "support/test_server.hpp"

#include <tug/service/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <memory>
#include <utility>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

BOOST_AUTO_TEST_SUITE(sdk_closed)

BOOST_AUTO_TEST_CASE(any_number_may_wait) {
    const test_server server;
    io_thread io;
    auto c = client::connect(io.get_executor(), server.address(), asio::use_future).get();
    auto first = c.closed(asio::use_future);
    auto second = c.closed(asio::use_future);
    (void)c.ping(asio::use_future).get();
    c.close(asio::use_future).get();
    BOOST_TEST(first.get().code == errc::client_closed);
    BOOST_TEST(second.get().code == errc::client_closed);
    const auto late = c.closed(asio::use_future).get(); // at once
    BOOST_TEST(late.code == errc::client_closed);
    BOOST_TEST(late.message == "the client was closed");
}

BOOST_AUTO_TEST_CASE(a_client_that_is_destroyed) {
    const test_server server;
    io_thread io;
    auto c = std::make_unique<client>(client::connect(io.get_executor(), server.address(), asio::use_future).get());
    auto closed = c->closed(asio::use_future);
    c.reset();
    const auto why = closed.get();
    BOOST_TEST(why.code == errc::client_closed);
    BOOST_TEST(why.message == "the client was destroyed");
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_lost) {
    run([]() -> asio::awaitable<void> {
        const auto goes = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive("rpc.ping");
            peer.close();
        };
        fake_server server(co_await asio::this_coro::executor, goes);
        auto c = co_await client::connect(server.address());
        BOOST_TEST((co_await error_of(c.ping())) == errc::connection_lost);
        const auto why = co_await c.closed();
        BOOST_TEST(why.code == errc::connection_lost);
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(what_the_server_said_last) {
    run([]() -> asio::awaitable<void> {
        const auto breaks = [](fake_peer& peer) -> asio::awaitable<void> {
            co_await peer.hello();
            (void)co_await peer.receive("rpc.ping");
            co_await peer.send(R"({"jsonrpc":"2.0","id":null,"error":{"code":-32019,"message":"bye",)"
                               R"("data":{"name":"shutting_down"}}})");
            peer.close();
        };
        fake_server server(co_await asio::this_coro::executor, breaks);
        auto c = co_await client::connect(server.address());
        BOOST_TEST((co_await error_of(c.ping())) == errc::shutting_down);
        const auto why = co_await c.closed();
        BOOST_TEST(why.code == errc::shutting_down);
        BOOST_TEST(why.message == "bye");
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_CASE(cancellation_ends_the_wait_alone) {
    const test_server server;
    io_thread io;
    auto c = client::connect(io.get_executor(), server.address(), asio::use_future).get();
    asio::cancellation_signal stop;
    auto left = c.closed(asio::bind_cancellation_slot(stop.slot(), asio::use_future));
    auto stays = c.closed(asio::use_future);
    (void)c.ping(asio::use_future).get();
    asio::post(io.get_executor(), [&] { stop.emit(asio::cancellation_type::total); });
    BOOST_CHECK_EXCEPTION((void)left.get(), error, [](const error& e) { return e.code() == errc::cancelled; });
    BOOST_TEST(c.ping("fine", asio::use_future).get() == "fine");
    c.close(asio::use_future).get();
    BOOST_TEST(stays.get().code == errc::client_closed);
}

BOOST_AUTO_TEST_SUITE_END()

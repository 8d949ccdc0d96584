// A put whose server wants no more reads no more of its source, and brings what the server says.

#include "support/fake_server.hpp"
#include "support/sdk_run.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <string>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_bytes = 256 * 1024 * 1024;

/// More than any window takes, at once.
class long_source final : public source {
public:
    asio::awaitable<chunk> next(std::size_t most) override {
        if (given_ >= most_bytes) co_return chunk();
        given_ += most;
        co_return chunk::copy_of(std::string(most, 'a'));
    }

    [[nodiscard]] std::size_t given() const noexcept { return given_; }

private:
    std::size_t given_ = 0;
};

/// The second ping comes when the client has gone on after the stop.
asio::awaitable<void> stop_and_refuse(fake_peer& peer) {
    co_await peer.hello();
    (void)co_await peer.receive("put");
    co_await peer.send(R"({"jsonrpc":"2.0","method":"rpc.stop","params":{"call":1,"stream":"data"}})");
    for (const char* id : {"2", "3"}) {
        (void)co_await peer.receive("rpc.ping");
        co_await peer.send(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"result":"p"})");
    }
    co_await peer.send(
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32008,"message":"full","data":{"name":"no_space"}}})");
    co_await peer.until_closed();
}

void put_and_ping(put_options how) {
    run([&]() -> asio::awaitable<void> {
        using namespace asio::experimental::awaitable_operators;
        fake_server server(co_await asio::this_coro::executor, stop_and_refuse);
        {
            auto on = co_await client::connect(server.address());
            long_source from;
            const auto pings = [&]() -> asio::awaitable<void> {
                BOOST_TEST((co_await on.ping("p")) == "p");
                BOOST_TEST((co_await on.ping("p")) == "p");
            };
            auto put = error_of(on.put(from, "a", std::move(how)));
            const auto ended = co_await (std::move(put) && pings());
            BOOST_TEST(ended == errc::no_space);
            BOOST_TEST(from.given() < most_bytes);
        }
        co_await server.stop();
    });
}

BOOST_AUTO_TEST_SUITE(client_stopped_test)

BOOST_AUTO_TEST_CASE(a_put) {
    put_and_ping(put_options());
}

BOOST_AUTO_TEST_CASE(a_put_that_is_compressed) {
    put_and_ping(put_options().compress());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

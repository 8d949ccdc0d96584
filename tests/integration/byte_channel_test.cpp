// Channels of calls between the SDK and an application that embeds the server: what runs over a stream of Asio runs
// over them, at both ends.

#include "support/sdk_run.hpp"
#include "support/test_ca.hpp"
#include "support/test_server.hpp"

#include <tug/service/options.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>

#include <array>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
namespace ssl = boost::asio::ssl;
namespace websocket = boost::beast::websocket;
using boost::system::error_code;
using service::answer;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

/// A server with one endpoint, `my.endpoint`, whose windows are so small that everything larger waits for credit.
server_setup with_endpoint(std::function<asio::awaitable<answer>(service::call&)> serve) {
    server_setup how;
    how.adjust = [](service::options& o) { o.limits.window = 64 * 1024; };
    how.prepare = [serve = std::move(serve)](service::server& s) {
        s.add(service::endpoint("my.endpoint", service::permission::none,
                                {{"in", proto::direction::to_server}, {"out", proto::direction::to_client}}, serve));
    };
    return how;
}

asio::awaitable<stream_call> open(client& of) {
    auto which = streams().to_server("in").to_client("out");
    co_return co_await of.open("my.endpoint", json::object(), std::move(which));
}

// --- endpoints -------------------------------------------------------------------------------------------------------

asio::awaitable<answer> echo(service::call& c) {
    auto channel = c.channel(0, 0);
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        const auto [ec, n] = co_await channel.async_read_some(asio::buffer(buffer), as_tuple);
        if (ec == asio::error::eof) co_return json::value("done");
        if (ec) throw boost::system::system_error(ec);
        co_await asio::async_write(channel, asio::buffer(buffer.data(), n), asio::use_awaitable);
    }
}

asio::awaitable<answer> web(service::call& c) {
    auto channel = c.channel(0, 0);
    boost::beast::flat_buffer buffer;
    for (std::uint64_t served = 0;; ++served) {
        http::request<http::string_body> asked;
        const auto [ec, n] = co_await http::async_read(channel, buffer, asked, as_tuple);
        if (ec == http::error::end_of_stream) co_return json::value{{"served", served}};
        if (ec) throw boost::system::system_error(ec);
        http::response<http::string_body> reply(http::status::ok, asked.version());
        reply.body() = std::string(asked.target()) + ' ' + asked.body();
        reply.prepare_payload();
        co_await http::async_write(channel, reply, asio::use_awaitable);
    }
}

asio::awaitable<answer> tls_echo(service::call& c, ssl::context& how) {
    ssl::stream<byte_channel> secure(c.channel(0, 0), how);
    co_await secure.async_handshake(ssl::stream_base::server, asio::use_awaitable);
    std::array<char, 16 * 1024> buffer;
    for (;;) {
        const auto [ec, n] = co_await secure.async_read_some(asio::buffer(buffer), as_tuple);
        if (ec == asio::error::eof) break;
        if (ec) throw boost::system::system_error(ec);
        co_await asio::async_write(secure, asio::buffer(buffer.data(), n), asio::use_awaitable);
    }
    co_await secure.async_shutdown(asio::use_awaitable);
    co_return json::value("done");
}

asio::awaitable<answer> socket_of_the_web(service::call& c) {
    websocket::stream<byte_channel> socket(c.channel(0, 0));
    co_await socket.async_accept(asio::use_awaitable);
    boost::beast::flat_buffer message;
    for (;;) {
        const auto [ec, n] = co_await socket.async_read(message, as_tuple);
        if (ec == websocket::error::closed) co_return json::value("closed");
        if (ec) throw boost::system::system_error(ec);
        co_await socket.async_write(message.data(), asio::use_awaitable);
        message.consume(message.size());
    }
}

/// The error that a waiting read ends with.
struct waiting_read {
    std::optional<error_code> ended;
    char byte = 0;
    asio::cancellation_signal stop;

    explicit waiting_read(byte_channel& from) {
        from.async_read_some(
            asio::buffer(&byte, 1),
            asio::bind_cancellation_slot(stop.slot(), [this](error_code ec, std::size_t) { ended = ec; }));
    }

    waiting_read(const waiting_read&) = delete;
    waiting_read& operator=(const waiting_read&) = delete;
};

} // namespace

BOOST_AUTO_TEST_SUITE(byte_channels)

BOOST_AUTO_TEST_CASE(http_requests_over_a_channel) {
    const test_server server(with_endpoint(web));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        auto channel = call.channel("out", "in");
        boost::beast::flat_buffer buffer;
        for (const std::size_t size : {0, 10, 900'000}) {
            http::request<http::string_body> asked(http::verb::post, "/target", 11);
            asked.body() = std::string(size, 'b');
            asked.prepare_payload();
            co_await http::async_write(channel, asked, asio::use_awaitable);
            http::response<http::string_body> reply;
            co_await http::async_read(channel, buffer, reply, asio::use_awaitable);
            BOOST_TEST(reply.result_int() == 200U);
            BOOST_TEST((reply.body() == "/target " + asked.body()));
        }
        channel.shutdown_send();
        const auto result = co_await call.finish();
        BOOST_TEST(result.at("served").as_int64() == 3);
    });
}

BOOST_AUTO_TEST_CASE(tls_over_a_channel) {
    test_ca ca;
    const auto own = ca.issue();
    ssl::context serving(ssl::context::tls_server);
    serving.use_certificate_chain_file(own.certificate);
    serving.use_private_key_file(own.key, ssl::context::pem);
    const test_server server(with_endpoint([&](service::call& c) { return tls_echo(c, serving); }));
    run([&]() -> asio::awaitable<void> {
        ssl::context calling(ssl::context::tls_client);
        calling.load_verify_file(ca.file());
        calling.set_verify_mode(ssl::verify_peer);
        calling.set_verify_callback(ssl::host_name_verification("localhost"));
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        ssl::stream<byte_channel> secure(call.channel("out", "in"), calling);
        co_await secure.async_handshake(ssl::stream_base::client, asio::use_awaitable);
        for (int i = 0; i < 30; ++i) {
            const std::string sent(20'000, static_cast<char>('a' + i % 26));
            co_await asio::async_write(secure, asio::buffer(sent), asio::use_awaitable);
            std::string back(sent.size(), '\0');
            co_await asio::async_read(secure, asio::buffer(back), asio::use_awaitable);
            BOOST_TEST((back == sent));
        }
        co_await secure.async_shutdown(asio::use_awaitable);
        const auto result = co_await call.finish();
        BOOST_TEST(result.as_string() == "done");
    });
}

BOOST_AUTO_TEST_CASE(a_websocket_over_a_channel) {
    const test_server server(with_endpoint(socket_of_the_web));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        websocket::stream<byte_channel> socket(call.channel("out", "in"));
        co_await socket.async_handshake("localhost", "/", asio::use_awaitable);
        const std::string sent(50'000, 'w');
        co_await socket.async_write(asio::buffer(sent), asio::use_awaitable);
        boost::beast::flat_buffer back;
        co_await socket.async_read(back, asio::use_awaitable);
        BOOST_TEST((boost::beast::buffers_to_string(back.data()) == sent));
        co_await socket.async_close(websocket::close_code::normal, asio::use_awaitable);
        const auto result = co_await call.finish();
        BOOST_TEST(result.as_string() == "closed");
    });
}

BOOST_AUTO_TEST_CASE(a_cancelled_read_leaves_the_next_one_whole) {
    const test_server server(with_endpoint(echo));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        auto channel = call.channel("out", "in");
        waiting_read read(channel);
        co_await client.ping();
        BOOST_TEST(!read.ended.has_value());
        read.stop.emit(asio::cancellation_type::total);
        co_await asio::async_write(channel, asio::buffer("hello", 5), asio::use_awaitable);
        std::string back(5, '\0');
        co_await asio::async_read(channel, asio::buffer(back), asio::use_awaitable);
        BOOST_TEST(back == "hello");
        BOOST_TEST((read.ended == error_code(asio::error::operation_aborted)));
        channel.close();
        const auto result = co_await call.finish();
        BOOST_TEST(result.as_string() == "done");
    });
}

BOOST_AUTO_TEST_CASE(after_the_answer) {
    const test_server server(
        with_endpoint([](service::call&) -> asio::awaitable<answer> { co_return json::value("at once"); }));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        auto channel = call.channel("out", "in");
        co_await call.finish();
        const auto [written, none] = co_await channel.async_write_some(asio::buffer("x", 1), as_tuple);
        BOOST_TEST((written == asio::error::broken_pipe));
        char byte = 0;
        const auto [read, nothing] = co_await channel.async_read_some(asio::buffer(&byte, 1), as_tuple);
        BOOST_TEST((read == asio::error::eof));
    });
}

/// A channel keeps no call, and no connection: its operations end with these.
BOOST_AUTO_TEST_CASE(a_call_that_goes_and_a_client_that_goes) {
    const test_server server(with_endpoint(echo));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        auto channel = call.channel("out", "in");
        waiting_read read(channel);
        call = stream_call();
        co_await client.ping();
        BOOST_TEST((read.ended == error_code(asio::error::operation_aborted))); // its stream was stopped

        auto other = co_await open(client);
        auto of_other = other.channel("out", "in");
        waiting_read second(of_other);
        client = tug::client();
        const auto [ec, n] = co_await of_other.async_write_some(asio::buffer("x", 1), as_tuple);
        BOOST_TEST((ec == proto::make_error_code(errc::client_closed)));
        BOOST_TEST((second.ended == proto::make_error_code(errc::client_closed)));
    });
}

BOOST_AUTO_TEST_CASE(streams_that_are_not_the_calls) {
    const test_server server(with_endpoint(echo));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        const auto code_of = [&](std::string_view in, std::string_view out) {
            try {
                (void)call.channel(in, out);
            } catch (const error& e) {
                return e.failure().code;
            }
            return errc::success;
        };
        BOOST_TEST(code_of("in", "out") == errc::invalid_params);
        BOOST_TEST(code_of("", "") == errc::invalid_params);
        BOOST_TEST(code_of("out", "") == errc::success);
        BOOST_TEST(code_of("", "in") == errc::success);
    });
}

// --- on the server ---------------------------------------------------------------------------------------------------

/// An endpoint over a channel ends with its call, without a line for that, and what it holds goes.
BOOST_AUTO_TEST_CASE(an_endpoint_that_is_cancelled) {
    std::atomic<int> present = 0;
    const auto serve = [&](service::call& c) -> asio::awaitable<answer> {
        ++present;
        const std::shared_ptr<int> here(nullptr, [&](const int*) { --present; });
        co_return co_await echo(c);
    };
    test_server server(with_endpoint(serve));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        co_await call.write("in", "x");
        (void)co_await call.read("out");
        BOOST_TEST(present == 1);
        call.cancel();
        BOOST_TEST((co_await error_of(call.finish())) == errc::cancelled);
        auto lost = co_await open(client);
        co_await lost.write("in", "x");
        (void)co_await lost.read("out");
    });
    server.it().stop();
    server.it().wait();
    BOOST_TEST(present == 0);
}

BOOST_AUTO_TEST_CASE(a_channel_that_its_endpoint_leaves) {
    std::promise<error_code> left;
    const auto leave = [&](service::call& c) -> asio::awaitable<answer> {
        auto channel = std::make_shared<byte_channel>(c.channel(0, 0));
        auto byte = std::make_shared<char>();
        channel->async_read_some(asio::buffer(byte.get(), 1),
                                 [&left, channel, byte](error_code ec, std::size_t) { left.set_value(ec); });
        co_return json::value("done");
    };
    const test_server server(with_endpoint(leave));
    run([&]() -> asio::awaitable<void> {
        auto client = co_await client::connect(server.address());
        auto call = co_await open(client);
        const auto result = co_await call.finish();
        BOOST_TEST(result.as_string() == "done");
    });
    auto ended = left.get_future();
    BOOST_REQUIRE((ended.wait_for(sdk_bound) == std::future_status::ready));
    BOOST_TEST((ended.get() == proto::make_error_code(errc::cancelled)));
}

BOOST_AUTO_TEST_SUITE_END()

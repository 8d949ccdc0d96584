// Tunnels through the host of a server: forward.connect, forward.listen and forward.accept, by the SDK.

#include "support/sdk_run.hpp"
#include "support/test_ca.hpp"
#include "support/test_server.hpp"

#include <tug/net/task_group.hpp>
#include <tug/service/options.hpp>
#include <tug/tunnel.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <filesystem>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace ssl = boost::asio::ssl;
using asio::ip::tcp;
using asio::local::stream_protocol;
using boost::system::error_code;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
const tcp::endpoint any_port(asio::ip::address_v4::loopback(), 0);

/// A server where the key `t` may forward by these rules.
server_setup with_rules(const std::string& rules) {
    server_setup how;
    how.with_keys = true;
    how.lines = {{"t", "forward " + rules}};
    return how;
}

std::string port_of(const tcp::acceptor& a) {
    return std::to_string(a.local_endpoint().port());
}

asio::awaitable<client> connect_as(const test_server& server, const std::string& key) {
    co_return co_await client::connect(server.address(), connect_options().with(credentials(key, key_of(key))));
}

template <class Stream>
asio::awaitable<std::string> read_exactly(Stream& from, std::size_t size) {
    std::string out(size, '\0');
    co_await asio::async_read(from, asio::buffer(out), asio::use_awaitable);
    co_return out;
}

/// The end of a stream: what the next read fails with.
template <class Stream>
asio::awaitable<error_code> end_of(Stream& from) {
    std::array<char, 1> byte{};
    const auto [ec, n] = co_await from.async_read_some(asio::buffer(byte), as_tuple);
    co_return ec;
}

/// What connect_through() fails with, as `name errno need`.
asio::awaitable<std::string> refusal(client& c, std::string host, std::uint16_t port) {
    try {
        auto tunnel = co_await c.connect_through(std::move(host), port);
    } catch (const error& e) {
        const auto& why = e.failure();
        co_return std::string(name_of(why.code)) + " " + why.os_error + why.need;
    }
    co_return "connected";
}

using body = std::function<asio::awaitable<void>(tcp::acceptor&)>;

/// Runs the body with a target that listens on a port of this host.
void with_target(const body& what) {
    asio::io_context io(1);
    tcp::acceptor target(io, any_port);
    run_on(io, [&]() -> asio::awaitable<void> {
        co_await what(target);
        target.close();
    });
}

BOOST_AUTO_TEST_SUITE(forward_test)

BOOST_AUTO_TEST_CASE(each_way_ends_by_itself) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        const test_server server(with_rules("connect=127.0.0.1:" + port_of(target)));
        auto client = co_await connect_as(server, "t");
        auto tunnel = co_await client.connect_through("127.0.0.1", target.local_endpoint().port());
        auto other = co_await target.async_accept(asio::use_awaitable);
        co_await asio::async_write(tunnel, asio::buffer("there", 5), asio::use_awaitable);
        BOOST_TEST((co_await read_exactly(other, 5)) == "there");
        tunnel.shutdown_send();
        BOOST_TEST((co_await end_of(other)) == asio::error::eof);
        const std::string much(3'000'000, 'x');
        const auto send = [&]() -> asio::awaitable<void> {
            co_await asio::async_write(other, asio::buffer(much), asio::use_awaitable);
            other.shutdown(tcp::socket::shutdown_send);
        };
        asio::co_spawn(other.get_executor(), send(), [](std::exception_ptr e) { BOOST_TEST(!e); });
        const auto came = co_await read_exactly(tunnel, much.size());
        BOOST_TEST((came == much));
        BOOST_TEST((co_await end_of(tunnel)) == asio::error::eof);
    });
}

BOOST_AUTO_TEST_CASE(http_over_tls_over_a_tunnel) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        test_ca ca;
        const auto own = ca.issue();
        ssl::context serving(ssl::context::tls_server);
        serving.use_certificate_chain_file(own.certificate);
        serving.use_private_key_file(own.key, ssl::context::pem);
        ssl::context calling(ssl::context::tls_client);
        calling.load_verify_file(ca.file());
        calling.set_verify_mode(ssl::verify_peer);
        calling.set_verify_callback(ssl::host_name_verification("localhost"));

        const test_server server(with_rules("connect=localhost:" + port_of(target)));
        auto client = co_await connect_as(server, "t");
        const auto executor = co_await asio::this_coro::executor;
        const auto serve = [&]() -> asio::awaitable<void> {
            ssl::stream<tcp::socket> secure(co_await target.async_accept(asio::use_awaitable), serving);
            co_await secure.async_handshake(ssl::stream_base::server, asio::use_awaitable);
            boost::beast::flat_buffer buffer;
            http::request<http::string_body> asked;
            co_await http::async_read(secure, buffer, asked, asio::use_awaitable);
            http::response<http::string_body> reply(http::status::ok, 11);
            reply.body() = std::string(asked.target()) + " " + asked.body();
            reply.prepare_payload();
            co_await http::async_write(secure, reply, asio::use_awaitable);
            static_cast<void>(co_await secure.async_shutdown(as_tuple));
        };
        tug::net::task_group serving_tasks(executor);
        serving_tasks.spawn(serve());
        ssl::stream<tunnel> secure(co_await client.connect_through("localhost", target.local_endpoint().port()),
                                   calling);
        co_await secure.async_handshake(ssl::stream_base::client, asio::use_awaitable);
        http::request<http::string_body> asked(http::verb::post, "/target", 11);
        asked.body() = std::string(500'000, 'b');
        asked.prepare_payload();
        co_await http::async_write(secure, asked, asio::use_awaitable);
        boost::beast::flat_buffer buffer;
        http::response<http::string_body> reply;
        co_await http::async_read(secure, buffer, reply, asio::use_awaitable);
        BOOST_TEST((reply.body() == "/target " + asked.body()));
        static_cast<void>(co_await secure.async_shutdown(as_tuple));
        secure.lowest_layer().close();
        co_await serving_tasks.join();
    });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reached) {
    asio::io_context io(1);
    const auto closed = tcp::acceptor(io, any_port).local_endpoint().port();
    const test_server server(with_rules("connect=*:*"));
    run_on(io, [&]() -> asio::awaitable<void> {
        auto client = co_await connect_as(server, "t");
        BOOST_TEST((co_await refusal(client, "127.0.0.1", closed)) == "connect_failed ECONNREFUSED");
        BOOST_TEST((co_await refusal(client, "no-such-name.invalid", 80)).starts_with("connect_failed E"));
        BOOST_TEST((co_await refusal(client, "a name", 80)) == "invalid_params ");
        co_await client.ping(); // and the connection goes on
    });
}

BOOST_AUTO_TEST_CASE(without_a_rule_nothing) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        const auto port = target.local_endpoint().port();
        server_setup how;
        how.with_keys = true;
        how.lines = {{"none", "forward"},
                     {"listens", "forward listen=*:*"},
                     {"other", "forward connect=127.0.0.2:* connect=[::1]:* connect=*.example.com:*"}};
        const test_server server(how);
        for (const auto* key : {"none", "listens", "other", "all"}) {
            auto client = co_await connect_as(server, key);
            for (const auto* host : {"127.0.0.1", "localhost", "LocalHost.", "2130706433", "0x7f.1", "0177.0.0.1",
                                     "::ffff:127.0.0.1", "0.0.0.0", "127.0.0.1."})
                BOOST_TEST((co_await refusal(client, host, port)) == "permission_denied forward", key << " " << host);
        }
        auto client = co_await connect_as(server, "exec");
        BOOST_TEST((co_await refusal(client, "127.0.0.1", port)) == "permission_denied forward");
        error_code none;
        target.non_blocking(true);
        target.accept(none);
        BOOST_TEST(none == asio::error::would_block); // none of them came through
    });
}

BOOST_AUTO_TEST_CASE(without_keys_the_operator_says_where_to) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        const auto port = target.local_endpoint().port();
        const test_server closed;
        auto client = co_await client::connect(closed.address());
        BOOST_TEST((co_await refusal(client, "127.0.0.1", port)) == "permission_denied forward");
        BOOST_TEST((co_await error_of(client.listen_through("127.0.0.1", 0))) == errc::permission_denied);
        server_setup how;
        how.adjust = [&](service::options& o) { o.allow_connect = {"127.0.0.1:" + std::to_string(port)}; };
        const test_server open(how);
        client = co_await client::connect(open.address());
        BOOST_TEST((co_await refusal(client, "127.0.0.1", port)) == "connected");
        BOOST_TEST((co_await refusal(client, "127.0.0.2", port)) == "permission_denied forward");
    });
}

BOOST_AUTO_TEST_CASE(sockets_below_the_root_alone) {
    asio::io_context io(1);
    const temp_dir outside;
    server_setup how = with_rules("root=/box connect=unix:/run/*.sock listen=unix:/run/*.sock");
    const test_server server(how);
    std::filesystem::create_directories(server.in_root("box/run"));
    stream_protocol::acceptor inner(io, stream_protocol::endpoint(server.in_root("box/run/app.sock")));
    stream_protocol::acceptor outer(io, stream_protocol::endpoint(outside / "app.sock"));
    stream_protocol::acceptor above(io, stream_protocol::endpoint(server.in_root("app.sock")));
    std::filesystem::create_symlink(outside / "app.sock", server.in_root("box/run/out.sock"));
    std::filesystem::create_symlink("../../app.sock", server.in_root("box/run/up.sock"));
    std::filesystem::create_symlink("/run/app.sock", server.in_root("box/link"));
    std::filesystem::create_symlink("/run", server.in_root("box/dir"));
    run_on(io, [&]() -> asio::awaitable<void> {
        auto client = co_await connect_as(server, "t");
        for (const auto* path : {"/run/app.sock", "/link", "/dir/app.sock"}) {
            auto tunnel = co_await client.connect_through_socket(path);
            auto other = co_await inner.async_accept(asio::use_awaitable);
            co_await asio::async_write(other, asio::buffer("in", 2), asio::use_awaitable);
            BOOST_TEST((co_await read_exactly(tunnel, 2)) == "in");
        }
        const std::map<std::string, errc> refused{
            {"/run/out.sock", errc::connect_failed},  {"/run/up.sock", errc::connect_failed},
            {"/run/none.sock", errc::connect_failed}, {"/app.sock", errc::permission_denied},
            {"/other", errc::permission_denied},      {"/run/../../app.sock", errc::permission_denied}};
        for (const auto& [path, code] : refused)
            BOOST_TEST((co_await error_of(client.connect_through_socket(path))) == code, path);

        auto listener = co_await client.listen_through_socket("/dir/made.sock");
        BOOST_TEST(listener.address() == "unix:/dir/made.sock");
        const auto made = server.in_root("box/run/made.sock");
        BOOST_TEST((std::filesystem::status(made).permissions() == std::filesystem::perms(0600)));
        BOOST_TEST((co_await error_of(client.listen_through_socket("/run/app.sock"))) == errc::already_exists);
        BOOST_TEST((co_await error_of(client.listen_through_socket("/made.sock"))) == errc::permission_denied);
        stream_protocol::socket other(io);
        co_await other.async_connect(stream_protocol::endpoint(made), asio::use_awaitable);
        auto tunnel = co_await listener.accept();
        co_await asio::async_write(other, asio::buffer("ok", 2), asio::use_awaitable);
        BOOST_TEST((co_await read_exactly(tunnel, 2)) == "ok");
        listener = {};
        while (std::filesystem::exists(made)) co_await client.ping(); // it goes with the call
    });
}

BOOST_AUTO_TEST_CASE(connections_that_come) {
    asio::io_context io(1);
    const test_server server(with_rules("listen=127.0.0.1:*"));
    run_on(io, [&]() -> asio::awaitable<void> {
        auto client = co_await connect_as(server, "t");
        auto listener = co_await client.listen_through("127.0.0.1", 0);
        const auto at = address::parse(listener.address()).value();
        BOOST_TEST(at.host == "127.0.0.1");
        BOOST_TEST(at.port != 0U);
        BOOST_TEST((co_await error_of(client.listen_through("127.0.0.1", at.port))) == errc::already_exists);
        BOOST_TEST((co_await error_of(client.listen_through("0.0.0.0", 0))) == errc::permission_denied);
        for (int i = 0; i < 3; ++i) {
            tcp::socket other(io);
            co_await other.async_connect({asio::ip::address_v4::loopback(), at.port}, asio::use_awaitable);
            auto tunnel = co_await listener.accept();
            BOOST_TEST(tunnel.peer() == "127.0.0.1:" + std::to_string(other.local_endpoint().port()));
            co_await asio::async_write(tunnel, asio::buffer("hello", 5), asio::use_awaitable);
            BOOST_TEST((co_await read_exactly(other, 5)) == "hello");
            other.close();
            BOOST_TEST((co_await end_of(tunnel)) == asio::error::eof);
        }
        listener = {};
        tcp::socket late(io);
        for (;;) { // until the server has heard of it
            const auto [ec] = co_await late.async_connect({asio::ip::address_v4::loopback(), at.port}, as_tuple);
            if (ec == asio::error::connection_refused) break;
            late.close();
            co_await client.ping();
        }
    });
}

/// Twice as many as there are bytes on the way, in each of several tunnels; and none of them is read.
BOOST_AUTO_TEST_CASE(a_tunnel_that_is_not_read_stops_its_peer_alone) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        const auto port = target.local_endpoint().port();
        const test_server server(with_rules("connect=127.0.0.1:" + port_of(target)));
        auto client = co_await connect_as(server, "t");
        std::list<tunnel> unread;
        std::list<tcp::socket> stuck;
        const std::string piece(1 << 20, 'x');
        for (int i = 0; i < 4; ++i) {
            unread.push_back(co_await client.connect_through("127.0.0.1", port));
            stuck.push_back(co_await target.async_accept(asio::use_awaitable));
            stuck.back().non_blocking(true);
        }
        auto good = co_await client.connect_through("127.0.0.1", port);
        auto other = co_await target.async_accept(asio::use_awaitable);
        for (int round = 0; round < 40; ++round) {
            error_code ec;
            for (auto& one : stuck) one.write_some(asio::buffer(piece), ec);
            co_await asio::async_write(other, asio::buffer("tick", 4), asio::use_awaitable);
            BOOST_TEST((co_await read_exactly(good, 4)) == "tick");
        }
        error_code ec;
        for (auto& one : stuck) {
            one.write_some(asio::buffer(piece), ec);
            BOOST_TEST(ec == asio::error::would_block); // its window is full, and so is the socket
        }
    });
}

BOOST_AUTO_TEST_CASE(who_goes_ends_the_other_side) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        const auto port = target.local_endpoint().port();
        const test_server server(with_rules("connect=127.0.0.1:" + port_of(target)));
        auto client = co_await connect_as(server, "t");
        {
            auto tunnel = co_await client.connect_through("127.0.0.1", port);
            auto other = co_await target.async_accept(asio::use_awaitable);
            tunnel.close();
            BOOST_TEST((co_await end_of(other)).failed());
        }
        auto tunnel = co_await client.connect_through("127.0.0.1", port);
        auto other = co_await target.async_accept(asio::use_awaitable);
        other.set_option(asio::socket_base::linger(true, 0));
        other.close(); // a reset
        const auto ec = co_await end_of(tunnel);
        BOOST_TEST(ec == make_error_code(errc::io_error));
        auto last = co_await client.connect_through("127.0.0.1", port);
        other = co_await target.async_accept(asio::use_awaitable);
        client = {};
        BOOST_TEST((co_await end_of(other)).failed());
    });
}

BOOST_AUTO_TEST_CASE(a_thousand_at_once) {
    with_target([](tcp::acceptor& target) -> asio::awaitable<void> {
        const auto port = target.local_endpoint().port();
        const test_server server(with_rules("connect=127.0.0.1:" + port_of(target)));
        std::list<client> clients;
        std::list<std::pair<tunnel, tcp::socket>> all;
        for (int c = 0; c < 4; ++c) {
            clients.push_back(co_await connect_as(server, "t"));
            for (int i = 0; i < 250; ++i) {
                auto made = co_await clients.back().connect_through("127.0.0.1", port);
                all.emplace_back(std::move(made), co_await target.async_accept(asio::use_awaitable));
            }
        }
        for (auto& [near, far] : all) co_await asio::async_write(near, asio::buffer("ping", 4), asio::use_awaitable);
        for (auto& [near, far] : all) {
            BOOST_TEST_REQUIRE((co_await read_exactly(far, 4)) == "ping");
            co_await asio::async_write(far, asio::buffer("pong", 4), asio::use_awaitable);
        }
        for (auto& [near, far] : all) BOOST_TEST_REQUIRE((co_await read_exactly(near, 4)) == "pong");
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

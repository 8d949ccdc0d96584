#include "socket_relay.hpp"

#include <tug/error.hpp>
#include <tug/relay_connection.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <utility>

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;

namespace tug::cli::console {

namespace {

using web_socket = websocket::stream<tcp::socket&>;

constexpr std::size_t piece_size = std::size_t{256} << 10U;

struct dialled {
    std::optional<relay_connection> host;
    failure why;
};

asio::awaitable<dialled> dial(const options& o, invocation& s) {
    dialled out;
    try {
        keys_read keys;
        auto to = co_await connection_to(o, s, address_of(o), keys);
        co_await s.jumps.reach(to);
        out.host.emplace(co_await relay_connection::connect(std::move(to.address), std::move(to.how)));
    } catch (...) {
        out.why = failure_of(std::current_exception());
    }
    co_return out;
}

/// What the browser says, until it says no more. Never throws: two of these race.
asio::awaitable<bool> to_host(web_socket& from, relay_connection& host) {
    try {
        for (;;) {
            chunk piece(piece_size);
            const auto room = piece.room();
            const auto [ec, size] = co_await from.async_read_some(asio::buffer(room.data(), room.size()),
                                                                  asio::as_tuple(asio::use_awaitable));
            if (ec || !from.got_binary()) break;
            piece.commit(size);
            if (size > 0) co_await host.write(std::move(piece));
        }
    } catch (const std::exception&) {
        co_return false; // the host is gone, or the race is lost
    }
    co_return true;
}

asio::awaitable<bool> from_host(relay_connection& host, web_socket& to) {
    try {
        for (;;) {
            const auto piece = co_await host.read(piece_size);
            if (piece.empty()) break;
            const auto bytes = piece.bytes();
            const auto [ec, size] =
                co_await to.async_write(asio::buffer(bytes.data(), bytes.size()), asio::as_tuple(asio::use_awaitable));
            if (ec) break;
        }
    } catch (const std::exception&) {
        co_return false;
    }
    co_return true;
}

asio::awaitable<void> say_why(web_socket& socket, const failure& why) {
    const boost::json::object about{{"name", name_of(why.code)}, {"message", error(why).what()}};
    const auto text = boost::json::serialize(boost::json::object{{"error", about}});
    socket.text(true);
    co_await socket.async_write(asio::buffer(text), asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> close(web_socket& socket, websocket::close_code code) {
    const websocket::close_reason reason(code);
    co_await socket.async_close(reason, asio::as_tuple(asio::use_awaitable));
}

} // namespace

asio::awaitable<void> relay_socket(tcp::socket& socket,
                                   const boost::beast::http::request<boost::beast::http::empty_body>& asked,
                                   const std::string& protocol, const options& o, invocation& s) {
    using namespace asio::experimental::awaitable_operators;
    web_socket web(socket);
    web.set_option(websocket::stream_base::timeout::suggested(boost::beast::role_type::server));
    web.set_option(websocket::stream_base::decorator([protocol](websocket::response_type& r) {
        r.set(boost::beast::http::field::sec_websocket_protocol, protocol);
    }));
    web.read_message_max(0); // read in pieces, so of any size
    const auto [ec] = co_await web.async_accept(asked, asio::as_tuple(asio::use_awaitable));
    if (ec) co_return;
    auto there = co_await dial(o, s);
    if (!there.host) {
        co_await say_why(web, there.why);
        co_return co_await close(web, websocket::close_code::try_again_later);
    }
    web.binary(true);
    web.auto_fragment(false);
    const auto greeting = there.host->greeting();
    const auto [failed, size] =
        co_await web.async_write(asio::buffer(greeting.data(), greeting.size()), asio::as_tuple(asio::use_awaitable));
    if (failed) co_return;
    auto up = to_host(web, *there.host);
    auto down = from_host(*there.host, web);
    auto race = std::move(up) || std::move(down);
    (void)co_await std::move(race);
    there.host->close();
    co_await close(web, websocket::close_code::going_away);
}

} // namespace tug::cli::console

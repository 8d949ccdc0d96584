#include "support/fake_server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <utility>

namespace tug::test {

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<void> fake_peer::hello(std::string auth, int in_flight) {
    co_await send(R"({"jsonrpc":"2.0","method":"rpc.hello","params":{"protocol":1,"server":"fake/1","nonce":")"
                  "ERERERERERERERERERERERERERERERERERERERERERE="
                  R"(","auth":)" +
                  auth + R"(,"binding":[],"limits":{"envelope":65536,"body":1048576,"window":1048576,"in_flight":)" +
                  std::to_string(in_flight) + "}}}");
}

asio::awaitable<void> stay_silent(fake_peer& peer) {
    co_await peer.hello();
    co_await peer.until_closed();
}

asio::awaitable<read_frame> fake_peer::receive() {
    std::array<unsigned char, 8> head{};
    co_await asio::async_read(socket_, asio::buffer(head), asio::use_awaitable);
    const auto size = [&](std::size_t at) {
        return static_cast<std::size_t>(head[at]) << 24 | static_cast<std::size_t>(head[at + 1]) << 16 |
               static_cast<std::size_t>(head[at + 2]) << 8 | static_cast<std::size_t>(head[at + 3]);
    };
    read_frame out;
    out.envelope.resize(size(0));
    out.body.resize(size(4));
    co_await asio::async_read(socket_, asio::buffer(out.envelope), asio::use_awaitable);
    co_await asio::async_read(socket_, asio::buffer(out.body), asio::use_awaitable);
    co_return out;
}

asio::awaitable<read_frame> fake_peer::receive(std::string method) {
    for (;;) {
        auto f = co_await receive();
        const auto json = f.json();
        const auto* name = json.as_object().if_contains("method");
        if (name && name->as_string() == method) co_return f;
    }
}

asio::awaitable<void> fake_peer::send(std::string envelope, std::string body) {
    co_await send_raw(frame(envelope, body));
}

asio::awaitable<void> fake_peer::result(std::string json) {
    co_await send(R"({"jsonrpc":"2.0","id":1,"result":)" + json + "}");
}

asio::awaitable<void> fake_peer::data(std::string stream, std::string body, bool eof) {
    const std::string end = eof ? R"(,"eof":true)" : "";
    co_await send(R"({"jsonrpc":"2.0","method":"rpc.data","params":{"call":1,"stream":")" + stream + "\"" + end + "}}",
                  std::move(body));
}

asio::awaitable<void> fake_peer::send_raw(std::string bytes) {
    co_await asio::async_write(socket_, asio::buffer(bytes), asio::use_awaitable);
}

asio::awaitable<void> fake_peer::until_closed() {
    std::array<char, 4096> dropped{};
    for (;;) {
        const auto [ec, n] =
            co_await socket_.async_read_some(asio::buffer(dropped), asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
    }
}

void fake_peer::close(bool reset) {
    boost::system::error_code ignored;
    if (reset) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
}

fake_server::fake_server(asio::any_io_executor executor, script says)
    : acceptor_(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      says_(std::move(says)),
      tasks_(executor) {
    tasks_.spawn(listen());
}

std::string fake_server::address() const {
    return "127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

asio::awaitable<void> fake_server::stop() {
    acceptor_.close();
    tasks_.cancel();
    co_await tasks_.join();
}

asio::awaitable<void> fake_server::listen() {
    for (;;) {
        auto [ec, socket] = co_await acceptor_.async_accept(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        tasks_.spawn(serve(std::move(socket)));
    }
}

asio::awaitable<void> fake_server::serve(tcp::socket socket) {
    fake_peer peer(socket);
    try {
        co_await says_(peer);
    } catch (const boost::system::system_error&) {
        // The client has closed, or the test ends.
    }
}

} // namespace tug::test

#pragma once

#include "support/frames.hpp"

#include <tug/net/task_group.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <functional>
#include <string>
#include <string_view>

namespace tug::test {

/// One connection of a fake_server: what the script of a test says on it and hears. Whole frames or any bytes; it is
/// written without the code under test. Everything throws boost::system::system_error when the client is gone.
class fake_peer {
public:
    explicit fake_peer(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

    /// `rpc.hello` of a server without keys, or with what stands in `auth`, a JSON array, that takes so many calls at
    /// once.
    [[nodiscard]] boost::asio::awaitable<void> hello(std::string auth = "[]", int in_flight = 2);

    /// The next frame of the client.
    [[nodiscard]] boost::asio::awaitable<read_frame> receive();

    /// The next frame whose method is that; others are skipped.
    [[nodiscard]] boost::asio::awaitable<read_frame> receive(std::string method);

    [[nodiscard]] boost::asio::awaitable<void> send(std::string envelope, std::string body = std::string());

    /// `{"jsonrpc":"2.0","id":1,"result":…}` to the first call.
    [[nodiscard]] boost::asio::awaitable<void> result(std::string json);

    /// `rpc.data` of the first call.
    [[nodiscard]] boost::asio::awaitable<void> data(std::string stream, std::string body, bool eof = false);

    [[nodiscard]] boost::asio::awaitable<void> send_raw(std::string bytes);

    /// Waits until the client closes, dropping what it says.
    [[nodiscard]] boost::asio::awaitable<void> until_closed();

    /// Frames and bytes sent so far are read before this end; or, with `reset`, perhaps not.
    void close(bool reset = false);

private:
    boost::asio::ip::tcp::socket& socket_;
};

/// The script of a server that greets and says nothing more.
[[nodiscard]] boost::asio::awaitable<void> stay_silent(fake_peer& peer);

/// A server that does what a script says, to every client in turn; on the io_context of the test. It lives in the
/// coroutine of the test: at the end of it, `co_await server.stop()`.
class fake_server {
public:
    using script = std::function<boost::asio::awaitable<void>(fake_peer&)>;

    fake_server(boost::asio::any_io_executor executor, script says);

    /// What a client connects to.
    [[nodiscard]] std::string address() const;

    /// Ends the scripts that still run.
    [[nodiscard]] boost::asio::awaitable<void> stop();

private:
    [[nodiscard]] boost::asio::awaitable<void> listen();
    [[nodiscard]] boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket socket);

    boost::asio::ip::tcp::acceptor acceptor_;
    script says_;
    net::task_group tasks_;
};

} // namespace tug::test

// Joins the chat of an application that embeds the server (service/examples/chat_server.cpp): lines of the standard
// input go to the room, what others say is printed, `q` leaves.
//
//     chat_client HOST:PORT NAME

#include <tug/os/standard_streams.hpp>
#include <tug/tug.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// Sends what is typed, line by line, until `q` or the end of input: then the room ends the call.
asio::awaitable<void> speak(asio::posix::stream_descriptor& keyboard, tug::stream_call& chat) {
    std::string typed;
    for (;;) {
        boost::system::error_code ec;
        auto until = asio::redirect_error(asio::use_awaitable, ec);
        const auto n = co_await asio::async_read_until(keyboard, asio::dynamic_buffer(typed), '\n', until);
        if (ec) break;
        const bool last = typed.substr(0, n) == "q\n";
        const bool heard = co_await chat.write("in", typed.substr(0, n));
        if (last || !heard) break;
        typed.erase(0, n);
    }
    chat.send_eof("in");
}

asio::awaitable<void> listen(tug::stream_call& chat) {
    for (;;) {
        const auto piece = co_await chat.read("out");
        if (piece.empty()) co_return;
        std::cout << piece.text() << std::flush;
    }
}

asio::awaitable<void> run(std::string address, std::string name) {
    const auto here = co_await asio::this_coro::executor;
    auto client = co_await tug::client::connect(std::move(address));
    json::object params{{"name", std::move(name)}};
    auto which = tug::streams().to_server("in").to_client("out");
    auto chat = co_await client.open("chat.join", std::move(params), std::move(which));
    asio::posix::stream_descriptor keyboard(here, ::dup(STDIN_FILENO));
    // It refers to this frame, which therefore waits for it below: the timer expires when it has ended.
    asio::steady_timer spoken(here, asio::steady_timer::time_point::max());
    asio::co_spawn(here, speak(keyboard, chat),
                   [&](std::exception_ptr) { spoken.expires_at(asio::steady_timer::time_point::min()); });
    co_await listen(chat);
    (void)co_await chat.finish();
    keyboard.close();
    boost::system::error_code told;
    auto tell = asio::redirect_error(asio::use_awaitable, told);
    co_await spoken.async_wait(tell);
    std::cout << "bye\n";
    co_await client.close();
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    if (argc != 3) {
        std::cerr << "usage: chat_client HOST:PORT NAME\n";
        return 2;
    }
    std::exception_ptr failed;
    asio::io_context io(1);
    asio::co_spawn(io, run(argv[1], argv[2]), [&](std::exception_ptr e) { failed = e; });
    io.run();
    try {
        if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& e) {
        std::cerr << "chat_client: " << e.what() << '\n';
        return 1;
    }
}

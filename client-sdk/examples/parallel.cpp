// A thousand calls at once on one connection, and commands among them: none waits for a slower one. Commands beyond the
// number that tugd takes at once wait for their turn in the client.
//
//     parallel HOST:PORT

#include <tug/os/standard_streams.hpp>
#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <stdexcept>
#include <string>

namespace asio = boost::asio;

namespace {

/// What the calls have in common. All of them run on one thread: no lock is needed.
struct tally {
    explicit tally(tug::client c) : client(std::move(c)) {}

    tug::client client;
    int running = 0;
    int pings = 0;
    int commands = 0;
    std::exception_ptr failed;
};

asio::awaitable<void> ping(tally& all, int number) {
    const auto text = std::to_string(number);
    const auto back = co_await all.client.ping(text);
    if (back != text) throw std::runtime_error("the answer to another call came back");
    ++all.pings;
}

asio::awaitable<void> square(tally& all, int number) {
    const auto r = co_await all.client.exec(tug::command::shell("echo $((N * N))").env("N", std::to_string(number)));
    if (r.out != std::to_string(number * number) + "\n") throw std::runtime_error("a command got it wrong: " + r.out);
    ++all.commands;
}

asio::awaitable<void> run(asio::io_context& io, tally& all, std::string address) {
    all.client = co_await tug::client::connect(std::move(address));
    const auto ended = [&](std::exception_ptr e) {
        if (e) all.failed = e;
        if (--all.running == 0) all.client = tug::client(); // nothing is left to do: closes the connection
    };
    constexpr int pings = 1000;
    constexpr int commands = 100;
    all.running = pings + commands;
    for (int i = 0; i < commands; ++i) asio::co_spawn(io, square(all, i), ended);
    for (int i = 0; i < pings; ++i) asio::co_spawn(io, ping(all, i), ended);
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    if (argc != 2) {
        std::cerr << "usage: parallel HOST:PORT\n";
        return 2;
    }
    asio::io_context io(1);
    tally all{tug::client()};
    asio::co_spawn(io, run(io, all, argv[1]), [&](std::exception_ptr e) {
        if (e) all.failed = e;
    });
    io.run();
    try {
        if (all.failed) std::rethrow_exception(all.failed);
    } catch (const std::exception& e) {
        std::cerr << "parallel: " << e.what() << '\n';
        return 1;
    }
    std::cout << all.pings << " pings and " << all.commands << " commands on one connection\n";
}

// Uses the installed SDK: nothing listens at that port, and the SDK says so.

#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>

int main() {
    boost::asio::io_context io(1);
    bool refused = false;
    auto connect = []() -> boost::asio::awaitable<void> {
        auto client = co_await tug::client::connect("127.0.0.1:1");
        (void)co_await client.exec(tug::command("true").timeout(std::chrono::seconds(1)));
    };
    boost::asio::co_spawn(io, connect(), [&](std::exception_ptr e) {
        try {
            if (e) std::rethrow_exception(e);
        } catch (const tug::error& failed) {
            std::cout << failed.what() << '\n';
            refused = failed.code() == tug::errc::connect_failed;
        }
    });
    io.run();
    return refused ? 0 : 1;
}

// Embeds the installed server library and speaks to it through the installed SDK.

#include <tug/service/server.hpp>
#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <iostream>
#include <optional>

int main() {
    tug::service::options options;
    options.listen = {tug::address::parse("127.0.0.1:0").value()};
    options.threads = 1;
    tug::service::server server(options, std::nullopt, tug::service::server::no_log());
    server.start();
    const auto address = server.addresses().front();
    std::string back;
    auto ping = [&]() -> boost::asio::awaitable<void> {
        auto client = co_await tug::client::connect(address);
        back = co_await client.ping("installed");
    };
    boost::asio::io_context io(1);
    boost::asio::co_spawn(io, ping(), [](std::exception_ptr e) {
        if (e) std::rethrow_exception(e);
    });
    io.run();
    std::cout << back << '\n';
    return back == "installed" ? 0 : 1;
}

// Calls the endpoints of an application that embeds the server (service/examples/custom_endpoint.cpp): `text.length`, a
// plain call, and `text.upper`, which streams.
//
//     custom_call HOST:PORT TEXT

#include <tug/os/standard_streams.hpp>
#include <tug/tug.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>

#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

asio::awaitable<void> run(std::string address, std::string text) {
    auto client = co_await tug::client::connect(address);

    json::object params{{"text", text}};
    const auto length = co_await client.call("text.length", std::move(params));
    std::cout << "text.length: " << json::serialize(length) << '\n';

    auto which = tug::streams().to_server("in").to_client("out");
    auto upper = co_await client.open("text.upper", json::object(), std::move(which));
    co_await upper.write("in", std::move(text));
    upper.send_eof("in");
    std::string out;
    for (auto piece = co_await upper.read("out"); !piece.empty(); piece = co_await upper.read("out"))
        out += piece.text();
    const auto result = co_await upper.finish();
    std::cout << "text.upper: " << out << ' ' << json::serialize(result) << '\n';
    co_await client.close();
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    if (argc != 3) {
        std::cerr << "usage: custom_call HOST:PORT TEXT\n";
        return 2;
    }
    std::exception_ptr failed;
    asio::io_context io(1);
    asio::co_spawn(io, run(argv[1], argv[2]), [&](std::exception_ptr e) { failed = e; });
    io.run();
    try {
        if (failed) std::rethrow_exception(failed);
    } catch (const std::exception& e) {
        std::cerr << "custom_call: " << e.what() << '\n';
        return 1;
    }
}

// An application that embeds the server and serves two methods of its own besides exec, put and get:
// `text.length`, a plain call, and `text.upper`, which streams.
//
//     custom_endpoint [HOST:PORT]    prints `listening on …` and serves until its standard input ends

#include <tug/os/standard_streams.hpp>
#include <tug/service/server.hpp>

#include <algorithm>
#include <cctype>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace service = tug::service;
using tug::proto::chunk;
using tug::proto::direction;

namespace {

asio::awaitable<service::answer> length(service::call& c) {
    const auto* text = c.params().if_contains("text");
    if (!text || !text->is_string()) co_return tug::proto::failure::bad_field("text", "is missing or no string");
    co_return boost::json::value{{"length", text->get_string().size()}};
}

/// Reads the stream `in`, writes the stream `out`: piece by piece, as fast as the client takes it.
asio::awaitable<service::answer> upper(service::call& c) {
    std::uint64_t bytes = 0;
    for (;;) {
        const auto piece = co_await c.read(0);
        if (!piece) co_return piece.error();
        if (piece->empty()) break;
        bytes += piece->size();
        std::string text(piece->text());
        std::ranges::transform(text, text.begin(),
                               [](unsigned char ch) { return static_cast<char>(std::toupper(ch)); });
        auto out = chunk::copy_of(text);
        const auto sent = co_await c.write(0, std::move(out));
        if (!sent) co_return sent.error();
        if (!*sent) break; // the client has enough
    }
    co_return boost::json::value{{"bytes", bytes}};
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    try {
        service::options options;
        options.listen = {tug::net::address::parse(argc > 1 ? argv[1] : "127.0.0.1:0").value()};
        service::server server(options, std::nullopt, service::server::no_log());
        server.add(service::endpoint("text.length", service::permission::none, {}, length));
        server.add(service::endpoint("text.upper", service::permission::none,
                                     {{"in", direction::to_server}, {"out", direction::to_client}}, upper));
        server.start();
        std::cout << "listening on " << server.addresses().front().to_string() << std::endl;
        std::string ignored;
        while (std::getline(std::cin, ignored)) {
        }
        server.stop();
        server.wait();
    } catch (const std::exception& e) {
        std::cerr << "custom_endpoint: " << e.what() << '\n';
        return 1;
    }
}

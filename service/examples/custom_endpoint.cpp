// An application that embeds the server and serves two methods of its own besides exec, put and get:
// `text.length`, a plain call, and `text.upper`, which streams.
//
//     custom_endpoint [HOST:PORT]    prints `listening on …` and serves until its standard input ends

#include <tug/os/standard_streams.hpp>
#include <tug/service/server.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <array>
#include <atomic>
#include <cctype>
#include <cstdint>
#include <iostream>
#include <span>
#include <string>

namespace asio = boost::asio;
namespace service = tug::service;
using tug::proto::direction;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

asio::awaitable<service::answer> length(service::call& c) {
    const auto* text = c.params().if_contains("text");
    if (!text || !text->is_string()) co_return tug::proto::failure::bad_field("text", "is missing or no string");
    co_return boost::json::value{{"length", text->get_string().size()}};
}

/// What an endpoint holds while it serves, and gives back however it ends.
class place {
public:
    explicit place(std::atomic<int>& taken) : taken_(taken) { ++taken_; }

    place(const place&) = delete;
    place& operator=(const place&) = delete;

    ~place() { --taken_; }

private:
    std::atomic<int>& taken_;
};

std::atomic<int> in_use = 0;

/// Reads the stream `in` and writes the stream `out`, as fast as the client takes it. When the call has to end early,
/// the operations of its channel fail; what they throw ends the coroutine, and with it all that it holds.
asio::awaitable<service::answer> upper(service::call& c) {
    const place mine(in_use);
    auto channel = c.channel(0, 0);
    std::array<char, 4096> buffer;
    std::uint64_t bytes = 0;
    for (;;) {
        const auto [ec, n] = co_await channel.async_read_some(asio::buffer(buffer), as_tuple);
        if (ec == asio::error::eof) break;
        if (ec) throw boost::system::system_error(ec);
        bytes += n;
        for (auto& ch : std::span(buffer.data(), n))
            ch = static_cast<char>(std::toupper(static_cast<unsigned char>(ch)));
        const auto [write_error, sent] = co_await asio::async_write(channel, asio::buffer(buffer.data(), n), as_tuple);
        if (write_error == asio::error::broken_pipe) break; // the client has enough
        if (write_error) throw boost::system::system_error(write_error);
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

// The same chat over UDP, to show what changes without a connection: datagrams keep their borders by themselves, so
// there is nothing to frame, but they may be lost, and who is there is known only from what they send.
//
// chat_udp server [PORT]: prints `chat listening on 127.0.0.1:PORT` and serves until its standard input ends.
//
// chat_udp client HOST PORT NAME: sends the lines of its standard input, prints what it hears; `q` leaves.

#include <tug/net/task_group.hpp>
#include <tug/os/standard_streams.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <chrono>
#include <iostream>
#include <map>
#include <string>
#include <unistd.h>

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t most_members = 100;

void tell(udp::socket& socket, const udp::endpoint& to, const std::string& line) {
    boost::system::error_code lost; // as a datagram may be anywhere on its way
    socket.send_to(asio::buffer(line), to, 0, lost);
}

/// The first datagram of a member is its name, each further one a line.
asio::awaitable<void> serve(udp::socket& socket) {
    std::map<udp::endpoint, std::string> members;
    std::array<char, 4096> buffer;
    for (;;) {
        udp::endpoint from;
        const auto [ec, size] = co_await socket.async_receive_from(asio::buffer(buffer), from, as_tuple);
        if (ec) co_return;
        const std::string line(buffer.data(), size);
        std::string news;
        if (const auto me = members.find(from); me == members.end()) {
            if (members.size() == most_members) continue;
            members.emplace(from, line);
            tell(socket, from, "welcome, " + line + "; " + std::to_string(members.size()) + " here; q leaves");
            news = "* " + line + " joined";
        } else if (line == "q") {
            news = "* " + me->second + " left";
            tell(socket, from, "bye");
            members.erase(me);
        } else {
            news = me->second + ": " + line;
        }
        for (const auto& [to, name] : members)
            if (to != from) tell(socket, to, news);
    }
}

asio::awaitable<void> until_input_ends(udp::socket& socket) {
    asio::posix::stream_descriptor input(socket.get_executor(), ::dup(STDIN_FILENO));
    asio::streambuf text;
    for (;;) {
        const auto [ec, size] = co_await asio::async_read_until(input, text, '\n', as_tuple);
        if (ec) break;
        text.consume(size);
    }
    socket.close();
}

asio::awaitable<void> print(udp::socket& socket) {
    std::array<char, 4096> buffer;
    for (;;) {
        const auto [ec, size] = co_await socket.async_receive(asio::buffer(buffer), as_tuple);
        if (ec) co_return;
        const std::string_view line(buffer.data(), size);
        std::cout << line << std::endl;
        if (line == "bye") break;
    }
    socket.close();
}

asio::awaitable<void> speak(udp::socket& socket, std::string name) {
    asio::posix::stream_descriptor input(socket.get_executor(), ::dup(STDIN_FILENO));
    asio::streambuf text;
    boost::system::error_code lost;
    socket.send(asio::buffer(name), 0, lost);
    for (;;) {
        const auto [ec, size] = co_await asio::async_read_until(input, text, '\n', as_tuple);
        std::string line = "q"; // at the end of the input, too
        if (!ec) {
            line.assign(asio::buffers_begin(text.data()),
                        asio::buffers_begin(text.data()) + static_cast<long>(size - 1));
            text.consume(size);
        }
        socket.send(asio::buffer(line), 0, lost);
        if (line == "q") break;
    }
    // The goodbye may be lost like any datagram.
    asio::steady_timer wait(socket.get_executor(), std::chrono::seconds(2));
    co_await wait.async_wait(as_tuple);
    socket.close();
}

void run_server(asio::io_context& io, const std::string& port) {
    udp::socket socket(io,
                       udp::endpoint(asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::stoi(port))));
    std::cout << "chat listening on 127.0.0.1:" << socket.local_endpoint().port() << std::endl;
    tug::net::task_group tasks(io.get_executor());
    tasks.spawn(serve(socket));
    tasks.spawn(until_input_ends(socket));
    io.run();
}

void run_client(asio::io_context& io, const std::string& host, const std::string& port, const std::string& name) {
    udp::resolver resolver(io);
    udp::socket socket(io, udp::v4());
    socket.connect(*resolver.resolve(udp::v4(), host, port).begin());
    tug::net::task_group tasks(io.get_executor());
    tug::net::task_group speaking(io.get_executor());
    const auto listen = [](udp::socket& s, tug::net::task_group& other) -> asio::awaitable<void> {
        co_await print(s);
        other.cancel();
    };
    tasks.spawn(listen(socket, speaking));
    speaking.spawn(speak(socket, name));
    io.run();
}

} // namespace

int main(int argc, char** argv) {
    tug::os::open_standard_streams(); // before a socket can take the place of one that is closed
    const std::string role = argc > 1 ? argv[1] : "";
    try {
        asio::io_context io(1);
        if (role == "server" && argc <= 3)
            run_server(io, argc > 2 ? argv[2] : "0");
        else if (role == "client" && argc == 5)
            run_client(io, argv[2], argv[3], argv[4]);
        else
            return std::cerr << "usage: chat_udp server [PORT] | client HOST PORT NAME\n", 2;
    } catch (const std::exception& e) {
        std::cerr << "chat_udp: " << e.what() << '\n';
        return 1;
    }
}

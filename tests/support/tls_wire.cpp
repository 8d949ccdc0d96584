#include "support/tls_wire.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>

#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace tug::test {

namespace asio = boost::asio;

namespace {

test_ca& authority() {
    static test_ca ca;
    return ca;
}

const net::tls_context& server_context() {
    static const auto made = [] {
        const auto own = authority().issue();
        return net::tls_context::for_server({own.certificate, own.key, {}}).value();
    }();
    return made;
}

const net::tls_context& client_context() {
    static const auto made = net::tls_context::for_client({{}, {}, authority().file()}, "localhost").value();
    return made;
}

/// What waits in `from`, at most so much, written to `to`.
std::string pass(int from, int to, std::size_t most) {
    std::string bytes(most, '\0');
    const auto n = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
    if (!bytes.empty() && ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size()))
        throw std::system_error(errno, std::generic_category(), "the line");
    return bytes;
}

} // namespace

transport_end make_end(asio::io_context& io, const net::tls_context& how) {
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
        throw std::system_error(errno, std::generic_category(), "socketpair");
    net::stream_socket socket(io, asio::generic::stream_protocol(AF_UNIX, 0), fds[0]);
    return {fds[1], net::transport(std::move(socket), how)};
}

tls_wire::tls_wire() : client(make_end(io, client_context())), server(make_end(io, server_context())) {}

tls_wire::~tls_wire() {
    ::close(client.fd);
    ::close(server.fd);
}

void tls_wire::shake_hands(std::size_t piece) {
    int done = 0;
    std::string wrong;
    for (auto* end : {&client, &server})
        asio::co_spawn(io, net::handshake(*end->it), [&](std::exception_ptr, const proto::result<void>& r) {
            ++done;
            if (!r) wrong += r.error().message;
        });
    bool moved = true;
    while (done < 2 && moved) {
        io.restart();
        io.poll();
        moved = move(piece);
    }
    io.restart();
    io.poll();
    if (done < 2 || !wrong.empty()) throw std::runtime_error("no handshake: " + wrong);
}

bool tls_wire::move(std::size_t most) {
    const auto up = move_to_server(most);
    return !pass(server.fd, client.fd, most).empty() || !up.empty();
}

std::string tls_wire::move_to_server(std::size_t most) {
    return pass(client.fd, server.fd, most);
}

taken take(net::transport& from, std::size_t buffer) {
    taken out;
    std::string bytes(buffer, '\0');
    const std::array<std::span<std::byte>, 1> to{std::as_writable_bytes(std::span(bytes))};
    do {
        const auto n = from.read_some(to, out.ec);
        out.bytes.append(bytes, 0, n);
    } while (!out.ec);
    return out;
}

} // namespace tug::test

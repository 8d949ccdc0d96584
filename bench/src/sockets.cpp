#include "sockets.hpp"

#include <tug/net/address.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>

namespace tug::bench {

namespace {

void set_no_delay(const unique_fd& fd) {
    const int on = 1;
    checked(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return out;
}

unique_fd connect_unix(const std::string& path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    if (path.size() >= sizeof to.sun_path) throw std::runtime_error("the path of the Unix socket is too long");
    path.copy(to.sun_path, path.size());
    unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    checked(fd.get(), "socket");
    checked(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), "connect");
    return fd;
}

unique_fd connect_tcp(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto service = std::to_string(port);
    if (const int failed = ::getaddrinfo(host.c_str(), service.c_str(), &hints, &found); failed != 0)
        throw std::runtime_error(host + ": " + ::gai_strerror(failed));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
    for (const auto* a = found; a != nullptr; a = a->ai_next) {
        unique_fd fd(::socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
        if (fd.get() < 0 || ::connect(fd.get(), a->ai_addr, a->ai_addrlen) != 0) continue;
        set_no_delay(fd);
        return fd;
    }
    throw_errno("connect to " + host);
}

} // namespace

void throw_errno(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

ssize_t checked(ssize_t result, const char* what) {
    if (result < 0) throw_errno(what);
    return result;
}

unique_fd connect_loopback(std::uint16_t port) {
    return connect_tcp("127.0.0.1", port);
}

unique_fd connect_to(const std::string& address) {
    const auto to = net::address::parse(address);
    if (!to) throw std::runtime_error(to.error().message);
    return to->is_unix() ? connect_unix(to->path) : connect_tcp(to->host, to->port);
}

unique_fd listen_loopback(std::uint16_t port) {
    unique_fd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    checked(fd.get(), "socket");
    const int on = 1;
    checked(::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on), "SO_REUSEADDR");
    auto where = loopback(port);
    socklen_t size = sizeof where;
    checked(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&where), size), "bind");
    checked(::listen(fd.get(), SOMAXCONN), "listen");
    checked(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&where), &size), "getsockname");
    std::printf("listening on 127.0.0.1:%d\n", ntohs(where.sin_port));
    std::fflush(stdout);
    return fd;
}

unique_fd accept_from(const unique_fd& listener, int flags) {
    unique_fd fd(::accept4(listener.get(), nullptr, nullptr, flags | SOCK_CLOEXEC));
    checked(fd.get(), "accept");
    set_no_delay(fd);
    return fd;
}

void set_nonblocking(const unique_fd& fd) {
    checked(::fcntl(fd.get(), F_SETFL, O_NONBLOCK), "O_NONBLOCK");
}

void send_all(const unique_fd& to, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto n = ::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        bytes = bytes.subspan(static_cast<std::size_t>(checked(n, "send")));
    }
}

void send_all(const unique_fd& to, std::string_view text) {
    send_all(to, std::as_bytes(std::span(text)));
}

void write_all(int to, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const auto n = checked(::write(to, bytes.data(), bytes.size()), "write");
        bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
}

std::string receive_exactly(const unique_fd& from, std::size_t size) {
    std::string out(size, '\0');
    for (std::size_t have = 0; have < size;) {
        const auto n = checked(::recv(from.get(), out.data() + have, size - have, 0), "recv");
        if (n == 0) throw std::runtime_error("the server closed the connection");
        have += static_cast<std::size_t>(n);
    }
    return out;
}

void raise_file_limit() {
    rlimit l{};
    checked(::getrlimit(RLIMIT_NOFILE, &l), "getrlimit");
    l.rlim_cur = l.rlim_max;
    checked(::setrlimit(RLIMIT_NOFILE, &l), "setrlimit");
}

} // namespace tug::bench

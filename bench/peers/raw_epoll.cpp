// The limit of small calls: what comes is sent back, by one read and one write, over epoll, without any framing.
//
// usage: bench-raw-epoll; its load is `tug-bench rpc --raw`. It runs until it is killed.

#include "sockets.hpp"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <map>

namespace tug::bench {

namespace {

void watch(const unique_fd& epoll, int fd) {
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.fd = fd;
    checked(::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd, &e), "epoll_ctl");
}

/// False at the end of the connection.
bool echo(const unique_fd& fd, std::span<char> buffer) {
    const auto n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EAGAIN) return true;
    if (n <= 0) return false;
    // What is in flight fits into the socket, see rpc_load.hpp: this never waits.
    const auto size = static_cast<std::size_t>(n);
    return ::send(fd.get(), buffer.data(), size, MSG_NOSIGNAL) == n;
}

void serve() {
    const auto listener = listen_loopback(0);
    const unique_fd epoll(::epoll_create1(EPOLL_CLOEXEC));
    std::map<int, unique_fd> connections;
    std::array<char, 64 * 1024> buffer{};
    std::array<epoll_event, 256> events{};
    watch(epoll, listener.get());
    for (;;) {
        const int n = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), -1);
        if (n < 0 && errno == EINTR) continue;
        checked(n, "epoll_wait");
        for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
            const int fd = events[i].data.fd;
            if (fd == listener.get()) {
                auto accepted = accept_from(listener, SOCK_NONBLOCK);
                watch(epoll, accepted.get());
                const int key = accepted.get();
                connections.emplace(key, std::move(accepted));
            } else if (const auto found = connections.find(fd); !echo(found->second, buffer)) {
                connections.erase(found);
            }
        }
    }
}

} // namespace

} // namespace tug::bench

int main() {
    try {
        tug::bench::serve();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-raw-epoll: %s\n", e.what());
        return 1;
    }
    return 0;
}

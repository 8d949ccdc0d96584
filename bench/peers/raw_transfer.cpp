// The limit of transfers: loops over a file and a socket, without framing, digest or flow control beyond TCP's.
// `copy` reads and sends, receives and writes, in pieces of 256 KiB; `splice` uses sendfile, and splice by way of a
// pipe.
//
// usage: bench-raw-transfer serve copy|splice FILE           one connection after the other, until it is killed
//        bench-raw-transfer get|put copy|splice PORT FILE    prints one line of JSON
// A client says one byte first: G, and the server sends FILE; P, and the server writes it, then answers one byte.

#include "report.hpp"
#include "sockets.hpp"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace tug::bench {

namespace {

constexpr std::size_t piece = 256 * 1024;
constexpr std::size_t pipe_size = 1024 * 1024;

unique_fd open_file(const std::string& path, int flags) {
    unique_fd fd(::open(path.c_str(), flags | O_CLOEXEC, 0644));
    if (fd.get() < 0) throw_errno(path);
    return fd;
}

std::uint64_t send_by_copy(const unique_fd& file, const unique_fd& to) {
    std::vector<std::byte> buffer(piece);
    std::uint64_t total = 0;
    for (;;) {
        const auto n = checked(::read(file.get(), buffer.data(), buffer.size()), "read");
        if (n == 0) return total;
        send_all(to, std::span(buffer).first(static_cast<std::size_t>(n)));
        total += static_cast<std::uint64_t>(n);
    }
}

std::uint64_t send_by_sendfile(const unique_fd& file, const unique_fd& to) {
    std::uint64_t total = 0;
    for (;;) {
        const auto n = checked(::sendfile(to.get(), file.get(), nullptr, pipe_size), "sendfile");
        if (n == 0) return total;
        total += static_cast<std::uint64_t>(n);
    }
}

std::uint64_t receive_by_copy(const unique_fd& from, const unique_fd& file) {
    std::vector<std::byte> buffer(piece);
    std::uint64_t total = 0;
    for (;;) {
        const auto n = checked(::recv(from.get(), buffer.data(), buffer.size(), 0), "recv");
        if (n == 0) return total;
        write_all(file.get(), std::span(buffer).first(static_cast<std::size_t>(n)));
        total += static_cast<std::uint64_t>(n);
    }
}

std::uint64_t receive_by_splice(const unique_fd& from, const unique_fd& file) {
    std::array<int, 2> ends{};
    checked(::pipe2(ends.data(), O_CLOEXEC), "pipe");
    const unique_fd out(ends[0]);
    const unique_fd in(ends[1]);
    checked(::fcntl(in.get(), F_SETPIPE_SZ, pipe_size), "F_SETPIPE_SZ");
    std::uint64_t total = 0;
    for (;;) {
        auto left = checked(::splice(from.get(), nullptr, in.get(), nullptr, pipe_size, SPLICE_F_MOVE), "splice");
        if (left == 0) return total;
        total += static_cast<std::uint64_t>(left);
        while (left > 0)
            left -= checked(
                ::splice(out.get(), nullptr, file.get(), nullptr, static_cast<std::size_t>(left), SPLICE_F_MOVE),
                "splice");
    }
}

std::uint64_t send_file(bool copy, const std::string& path, const unique_fd& to) {
    const auto file = open_file(path, O_RDONLY);
    const auto n = copy ? send_by_copy(file, to) : send_by_sendfile(file, to);
    checked(::shutdown(to.get(), SHUT_WR), "shutdown");
    return n;
}

std::uint64_t receive_file(bool copy, const std::string& path, const unique_fd& from) {
    const auto file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    return copy ? receive_by_copy(from, file) : receive_by_splice(from, file);
}

[[noreturn]] void serve(bool copy, const std::string& path) {
    const auto listener = listen_loopback(0);
    for (;;) {
        const auto peer = accept_from(listener);
        if (receive_exactly(peer, 1) == "G") {
            send_file(copy, path, peer);
        } else {
            receive_file(copy, path, peer);
            send_all(peer, ".");
        }
    }
}

void transfer(bool get, bool copy, const std::string& port, const std::string& path) {
    const meter used(std::nullopt);
    const auto server = connect_loopback(static_cast<std::uint16_t>(std::stoul(port)));
    send_all(server, get ? "G" : "P");
    const auto bytes = get ? receive_file(copy, path, server) : send_file(copy, path, server);
    if (!get) static_cast<void>(receive_exactly(server, 1)); // it has written all of it
    report(get ? "get" : "put").add("bytes", bytes).add(bytes >> 20U, "MiB/s", used.read()).print();
}

void run(const std::vector<std::string>& args) {
    const bool known = args.size() > 2 && (args[1] == "copy" || args[1] == "splice");
    if (known && args.size() == 3 && args[0] == "serve") serve(args[1] == "copy", args[2]);
    if (!known || args.size() != 4) throw std::runtime_error("see the head of raw_transfer.cpp for its arguments");
    transfer(args[0] == "get", args[1] == "copy", args[2], args[3]);
}

} // namespace

} // namespace tug::bench

int main(int argc, char** argv) {
    try {
        tug::bench::run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-raw-transfer: %s\n", e.what());
        return 1;
    }
    return 0;
}

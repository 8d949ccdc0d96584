// The limit of output: `head -c BYTES /dev/zero` into a pipe of 1 MiB, read in pieces of 256 KiB and sent by TCP.
//
// usage: bench-raw-relay serve BYTES    one connection after the other, until it is killed
//        bench-raw-relay read PORT      prints one line of JSON

#include "report.hpp"
#include "spawned_child.hpp"

#include <sys/socket.h>

#include <cstdio>
#include <exception>
#include <stdexcept>

namespace tug::bench {

namespace {

constexpr std::size_t piece = 256 * 1024;

void relay(const unique_fd& to, const std::string& bytes) {
    const spawned_child child({"head", "-c", bytes, "/dev/zero"}, 1024 * 1024);
    std::vector<std::byte> buffer(piece);
    for (;;) {
        const auto n = checked(::read(child.out.get(), buffer.data(), buffer.size()), "read");
        if (n == 0) break;
        send_all(to, std::span<const std::byte>(buffer).first(static_cast<std::size_t>(n)));
    }
    if (child.wait() != 0) throw std::runtime_error("head failed");
}

[[noreturn]] void serve(const std::string& bytes) {
    const auto listener = listen_loopback(0);
    for (;;) relay(accept_from(listener), bytes);
}

void read_all(const std::string& port) {
    const meter used(std::nullopt);
    const auto server = connect_loopback(static_cast<std::uint16_t>(std::stoul(port)));
    std::vector<std::byte> buffer(piece);
    std::uint64_t total = 0;
    for (;;) {
        const auto n = checked(::recv(server.get(), buffer.data(), buffer.size(), 0), "recv");
        if (n == 0) break;
        total += static_cast<std::uint64_t>(n);
    }
    report("output").add("bytes", total).add(total >> 20U, "MiB/s", used.read()).print();
}

void run(const std::vector<std::string>& args) {
    if (args.size() == 2 && args[0] == "serve") serve(args[1]);
    if (args.size() != 2 || args[0] != "read") throw std::runtime_error("usage: serve BYTES, or read PORT");
    read_all(args[1]);
}

} // namespace

} // namespace tug::bench

int main(int argc, char** argv) {
    try {
        tug::bench::run({argv + 1, argv + argc});
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench-raw-relay: %s\n", e.what());
        return 1;
    }
    return 0;
}

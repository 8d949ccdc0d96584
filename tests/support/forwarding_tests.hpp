#pragma once

#include "support/cli_checks.hpp"
#include "support/many_descriptors.hpp"
#include "support/plain_socket.hpp"
#include "support/tugd_process.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tug::test {

/// A tugd without keys whose tunnels lead to 127.0.0.1 and sockets of its root, and something to reach.
struct forwarding_tugd {
    temp_dir root;
    plain_listener target;
    tugd_process daemon{{"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string(), "--allow-connect",
                         "127.0.0.1:*", "--allow-connect", "unix:/*.sock", "--allow-listen", "127.0.0.1:*",
                         "--allow-listen", "unix:/*.sock"}};

    [[nodiscard]] std::string to_target() const { return "127.0.0.1:" + std::to_string(target.port()); }

    /// `tug forward` with these flags.
    [[nodiscard]] program start(const std::vector<std::string>& flags) const { return program(line(flags)); }

    [[nodiscard]] run_result run_with(const std::vector<std::string>& flags, std::string_view input = {}) const {
        return run(line(flags), input);
    }

private:
    [[nodiscard]] std::vector<std::string> line(const std::vector<std::string>& flags) const {
        std::vector<std::string> argv{"tug", "forward", daemon.address()};
        argv.insert(argv.end(), flags.begin(), flags.end());
        return argv;
    }
};

/// The port that the line `SIDE HOST:PORT -> TARGET` tells.
inline std::uint16_t port_in(const std::string& line) {
    const auto end = line.find(" -> ");
    return static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':', end) + 1)));
}

/// Bytes go both ways, and each way ends by itself.
inline void check_tunnel(const plain_socket& near, const plain_socket& far) {
    near.send("there");
    BOOST_TEST(far.receive(5) == "there");
    near.shutdown_send();
    BOOST_TEST(far.ended());
    far.send("back");
    BOOST_TEST(near.receive(4) == "back");
    far.shutdown_send();
    BOOST_TEST(near.ended());
}

/// The same with what `near` leads to; it is accepted only once `near` is there, whatever order arguments have.
inline void check_tunnel(const plain_socket& near, const plain_listener& target) {
    check_tunnel(near, target.accept());
}

/// Bytes of SOCKS: a port of two bytes in the order of the network.
inline std::string port_bytes(std::uint16_t port) {
    return {static_cast<char>(port >> 8U), static_cast<char>(port & 0xffU)};
}

/// A request of SOCKS 5 for a name, with its greeting.
inline std::string socks5_request(std::string_view host, std::uint16_t port) {
    using namespace std::string_literals;
    return "\x05\x01\0\x05\x01\0\x03"s + static_cast<char>(host.size()) + std::string(host) + port_bytes(port);
}

} // namespace tug::test

#pragma once

#include <tug/proto/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace tug::net {

inline constexpr std::uint16_t default_port = 8840;

/// Where a tugd listens: HOST:PORT or a Unix socket.
struct address {
    std::string host; ///< A name or a numeric address; for a Unix socket empty.
    std::uint16_t port = default_port;
    std::string path; ///< Of a Unix socket, else empty.

    [[nodiscard]] bool is_unix() const noexcept { return !path.empty(); }

    /// HOST, HOST:PORT, [IPv6]:PORT, unix:PATH or tug://HOST:PORT. Fails with bad_address.
    [[nodiscard]] static proto::result<address> parse(std::string_view text);

    /// The shortest text that parse() takes with a port in it, e.g. "127.0.0.1:8840", "[::1]:8840", "unix:/run/tug".
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const address&, const address&) = default;
};

} // namespace tug::net

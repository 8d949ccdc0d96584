#pragma once

#include "tug/proto/described.hpp"
#include "tug/proto/envelope.hpp"
#include "tug/proto/stream.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

// The messages of `forward.*`: connections that begin or end on the host of the server.

/// A name as DNS has them, or an address in any spelling.
inline constexpr std::size_t max_host = 255;

/// The path of a Unix socket, as the kernel takes it.
inline constexpr std::size_t max_socket_path = 107;

/// Connections that have come to where a call listens and wait to be taken: so many, and so long.
inline constexpr std::size_t max_offered = 64;
inline constexpr std::uint64_t offered_ms = 10'000;

/// Where a connection goes to, or comes in: host and port, or a Unix socket below the root of the caller.
struct forward_place {
    std::string host;
    std::optional<std::uint64_t> port;
    std::optional<std::string> unix_path;

    /// What is wrong with it: there must be host and port, or the path, and not both.
    [[nodiscard]] std::optional<failure> wrong() const;

    /// HOST:PORT, [IPv6]:PORT, or unix:PATH.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const forward_place&, const forward_place&) = default;
};

struct forward_connect_params {
    static constexpr std::string_view method = "forward.connect";
    forward_place to;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<forward_connect_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct forward_listen_params {
    static constexpr std::string_view method = "forward.listen";
    forward_place at;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<forward_listen_params> parse(const boost::json::object& params);
    [[nodiscard]] static boost::json::array describe();
    [[nodiscard]] std::vector<stream_spec> streams() const;
};

struct forward_accept_params : described_params<forward_accept_params> {
    static constexpr std::string_view method = "forward.accept";
    call_id listen; ///< The call that listens.
    std::uint64_t connection = 0;
    std::optional<std::uint64_t> timeout_ms;

    [[nodiscard]] std::vector<stream_spec> streams() const;
};

/// Where the streams of a tunnel are among those of their direction.
inline constexpr std::size_t tunnel_in = 0;
inline constexpr std::size_t tunnel_out = 0;

/// What went through a tunnel, as the server sees it.
struct forward_result : described_result<forward_result> {
    std::uint64_t sent = 0;     ///< Bytes of `out`, to the client.
    std::uint64_t received = 0; ///< Bytes of `in`.
};

/// Of a listen: how many connections came, and how many of them were taken.
struct forward_listen_result : described_result<forward_listen_result> {
    std::uint64_t connections = 0;
    std::uint64_t accepted = 0;
};

/// A line of the stream `connections`: the first says where the server listens, each other one that a connection came.
struct forward_listen_line : described_result<forward_listen_line> {
    std::string listening;
    std::optional<std::uint64_t> connection;
    std::string peer;
};

} // namespace tug::proto

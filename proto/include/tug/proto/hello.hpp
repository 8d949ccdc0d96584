#pragma once

#include "tug/proto/error.hpp"
#include "tug/proto/limits.hpp"

#include <boost/json/object.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace tug::proto {

/// 32 random bytes: both sides put one into the login, so that neither can replay an old one.
using nonce = std::array<std::byte, 32>;

inline constexpr std::string_view mechanism_hmac_sha256 = "hmac-sha256";
inline constexpr std::string_view binding_none = "none";
inline constexpr std::string_view binding_tls_exporter = "tls-exporter";

/// The first message of the server, `rpc.hello`.
struct hello {
    std::uint64_t protocol = protocol_version;
    std::string server; ///< Name and version, e.g. "tug/0.1.0".
    proto::nonce nonce{};
    std::vector<std::string> auth;    ///< Mechanisms; empty where no login is asked for.
    std::vector<std::string> binding; ///< Channel bindings; empty off TLS.
    proto::limits limits;
    bool draining = false; ///< The server is ending: what it has begun it finishes, and another takes new work.

    [[nodiscard]] boost::json::object to_json() const;

    /// From a server that has not proved itself: unknown members are ignored, all else is checked.
    [[nodiscard]] static result<hello> parse(const boost::json::object& params);
};

/// The params of `rpc.authenticate`.
struct authenticate_params {
    std::string key; ///< The key id.
    std::string mechanism;
    std::string binding;
    proto::nonce nonce{};
    std::array<std::byte, 32> proof{};

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<authenticate_params> parse(const boost::json::object& params);
};

/// The result of `rpc.authenticate`.
struct authenticate_result {
    std::array<std::byte, 32> proof{};
    std::vector<std::string> permissions;

    [[nodiscard]] boost::json::object to_json() const;
    [[nodiscard]] static result<authenticate_result> parse(const boost::json::object& from);
};

} // namespace tug::proto

#pragma once

#include "tug/service/keys.hpp"

#include <tug/proto/hello.hpp>

#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

/// A client that has proved that it has a key.
struct client_identity {
    std::string key_id;
    permissions allowed;
    proto::proof server_proof{};
};

/// 32 bytes from the OS. Throws std::runtime_error where it has none.
[[nodiscard]] proto::nonce random_nonce();

/// What a login is bound to besides the two nonces.
struct channel_binding {
    std::string_view name = proto::binding_none;
    std::span<const std::byte> data;
};

/// Checks the params of rpc.authenticate against the hello that was sent. Nothing where anything is wrong; all that can
/// be wrong takes the same work, so that neither the answer nor its time says what it was.
[[nodiscard]] std::optional<client_identity> check_login(const boost::json::value* params, const key_ring& keys,
                                                         std::string_view hello_envelope,
                                                         const proto::nonce& server_nonce,
                                                         const channel_binding& binding);

} // namespace tug::service

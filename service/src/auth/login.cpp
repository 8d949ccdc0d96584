#include "auth/login.hpp"

#include <tug/os/random.hpp>

#include <boost/json/value.hpp>

#include <stdexcept>

namespace tug::service {

proto::nonce random_nonce() {
    proto::nonce out;
    if (!os::fill_random(out)) throw std::runtime_error("the system has no random bytes");
    return out;
}

std::optional<client_identity> check_login(const boost::json::value* params, const key_ring& keys,
                                           std::string_view hello_envelope, const proto::nonce& server_nonce,
                                           const channel_binding& binding) {
    // Params that cannot be read, and keys that are not known, go the same way with a key that no client has.
    static const key_entry unknown{proto::secret_key(random_nonce()), {}};
    const auto* object = params ? params->if_object() : nullptr;
    auto parsed = object ? proto::authenticate_params::parse(*object)
                         : proto::result<proto::authenticate_params>(proto::errc::invalid_params);
    const bool readable = parsed.has_value();
    const auto claim = readable ? std::move(*parsed) : proto::authenticate_params();
    const auto at = keys.find(claim.key);
    const bool known = at != keys.end();
    const auto& entry = known ? at->second : unknown;

    const auto transcript =
        proto::auth_transcript(hello_envelope, claim.key, claim.mechanism, claim.binding, binding.data, claim.nonce);
    const bool proved = proto::equal_in_constant_time(proto::client_proof(entry.key, transcript), claim.proof);
    const bool fresh = !proto::equal_in_constant_time(claim.nonce, server_nonce);
    client_identity out{claim.key, entry.allowed, proto::server_proof(entry.key, transcript)};
    const bool fits = claim.mechanism == proto::mechanism_hmac_sha256 && claim.binding == binding.name;
    if (!(readable && known && proved && fresh && fits)) return std::nullopt;
    return out;
}

} // namespace tug::service

#pragma once

#include <tug/net/address.hpp>
#include <tug/proto/error.hpp>

namespace tug::service {

/// What protects a server whom others can reach.
struct protection {
    bool keys = false;            ///< Clients have to log in.
    bool tls = false;             ///< TCP carries TLS.
    bool require_tls = false;     ///< Nothing plain, but for Unix sockets.
    bool allow_plaintext = false; ///< Plain TCP also off loopback.
};

/// Whether a server with that protection may listen on that TCP address. Fails with bad_address, and says how to go on.
[[nodiscard]] proto::result<void> check_exposure(const net::address& where, bool loopback, const protection& by);

} // namespace tug::service

#include "server/exposure.hpp"

#include <string>

namespace tug::service {

proto::result<void> check_exposure(const net::address& where, bool loopback, const protection& by) {
    const auto refuse = [&where](const char* why) {
        return proto::failure(proto::errc::bad_address, where.to_string() + why);
    };
    if (!by.keys && !loopback)
        return refuse(
            " can be reached by others, and no client would have to log in; use --keys, a loopback address or a "
            "Unix socket");
    if (by.tls) return proto::result<void>();
    if (by.require_tls)
        return refuse(" would be plain TCP, and --require-tls is given; add --tls-cert and --tls-key, or listen on a "
                      "Unix socket");
    if (!loopback && !by.allow_plaintext)
        return refuse(
            " can be reached by others, who could read and change all that crosses the network; use "
            "--tls-cert and --tls-key, a loopback address or a Unix socket, or --allow-plaintext on a network "
            "that you trust");
    return proto::result<void>();
}

} // namespace tug::service

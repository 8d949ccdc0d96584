#include "server/exposure.hpp"

#include <netinet/in.h>

#include <string>

namespace tug::service {

bool is_loopback(const sockaddr* a) noexcept {
    if (a->sa_family == AF_INET) return (ntohl(reinterpret_cast<const sockaddr_in*>(a)->sin_addr.s_addr) >> 24) == 127;
    if (a->sa_family != AF_INET6) return false;
    const auto& v6 = reinterpret_cast<const sockaddr_in6*>(a)->sin6_addr;
    return IN6_IS_ADDR_LOOPBACK(&v6) || (IN6_IS_ADDR_V4MAPPED(&v6) && v6.s6_addr[12] == 127);
}

proto::result<void> check_exposure(const net::address& where, bool loopback, const protection& by) {
    const auto refuse = [&where](const char* why) {
        return proto::failure(proto::errc::bad_address, where.to_string() + why);
    };
    if (!by.keys && !loopback)
        return refuse(" can be reached by others, and nobody would have to log in; use --keys, a loopback address or a "
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

#include "tug/net/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

namespace tug::net {

namespace asio = boost::asio;

namespace {

std::optional<asio::ip::address> address_of(const sockaddr* from) {
    if (from == nullptr) return std::nullopt;
    if (from->sa_family == AF_INET)
        return asio::ip::address_v4(ntohl(reinterpret_cast<const sockaddr_in*>(from)->sin_addr.s_addr));
    if (from->sa_family != AF_INET6) return std::nullopt;
    const auto* const v6 = reinterpret_cast<const sockaddr_in6*>(from);
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &v6->sin6_addr, bytes.size());
    return asio::ip::address_v6(bytes, v6->sin6_scope_id);
}

} // namespace

std::vector<network_interface> network_interfaces() {
    std::vector<network_interface> out;
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) return out;
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, ::freeifaddrs);
    for (const auto* at = all.get(); at != nullptr; at = at->ifa_next) {
        const auto address = address_of(at->ifa_addr);
        if (!address || (at->ifa_flags & IFF_UP) == 0) continue;
        auto known = std::ranges::find(out, at->ifa_name, &network_interface::name);
        if (known == out.end()) known = out.insert(known, {at->ifa_name, ::if_nametoindex(at->ifa_name), {}});
        known->addresses.push_back(*address);
    }
    return out;
}

} // namespace tug::net

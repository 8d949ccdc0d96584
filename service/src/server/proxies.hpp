#pragma once

#include "server/address_network.hpp"

#include <string>
#include <vector>

namespace tug::service {

/// The peers that are proxies: see options::proxy_from. Constant, and so thread safe.
class proxy_peers {
public:
    /// Precondition: each is an address or a network.
    explicit proxy_peers(const std::vector<std::string>& texts);

    /// Whether the other end of this socket is one.
    [[nodiscard]] bool has(int fd) const;

private:
    std::vector<address_network> all_;
};

} // namespace tug::service

#pragma once

#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace tug::net {

/// A network of this host.
struct network_interface {
    std::string name;
    unsigned index = 0;
    std::vector<boost::asio::ip::address> addresses; ///< At least one; of link-local ones with the scope.
};

/// Those that are up and have an address, loopback too.
[[nodiscard]] std::vector<network_interface> network_interfaces();

} // namespace tug::net

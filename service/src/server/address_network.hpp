#pragma once

#include <boost/asio/ip/address.hpp>

#include <optional>
#include <string_view>

namespace tug::service {

/// The one form of an address: what is mapped into IPv6 is IPv4.
[[nodiscard]] boost::asio::ip::address plain_address(const boost::asio::ip::address& of);

/// Addresses that begin with the same bits: 10.0.0.0/8, fd00::/8, or one address.
class address_network {
public:
    /// Nothing where it is none.
    [[nodiscard]] static std::optional<address_network> parse(std::string_view text);

    /// `a` is in the one form. A scope that the network does not name is any.
    [[nodiscard]] bool contains(const boost::asio::ip::address& a) const;

private:
    boost::asio::ip::address first_;
    unsigned bits_ = 0;
};

} // namespace tug::service

#pragma once

#include "server/address_network.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::service {

/// What `connect=` and `listen=` of a key, and --allow-connect and --allow-listen of tugd, allow. A rule is HOST:PORT
/// or unix:PATTERN.
///
/// HOST is a name, in which `*` and `?` stand for what they stand for in file names; an address ([IPv6] in brackets),
/// of IPv4 also with `*`; a network (10.0.0.0/8, [fd00::/8]); or `*` alone, for all of them. PORT is a number, a range
/// (8000-8099), or `*`.
///
/// Only one form of each address is compared: whatever spelling names it (decimal, hexadecimal, octal, mapped into
/// IPv6), it is the same address here. Names are compared without regard to case, and without the dot at their end.
class forward_rule {
public:
    /// Nothing where it is no rule.
    [[nodiscard]] static std::optional<forward_rule> parse(std::string_view text);

    /// Whether a connection to that address may be meant, where the client wrote `name` (normal; empty: an address) and
    /// a look-up brought that. A name with a wildcard leads to no address of this host, of its link or of a group.
    [[nodiscard]] bool allows(std::string_view name, const boost::asio::ip::address& to, std::uint16_t port) const;

    /// Whether some address could be allowed to who wrote that name, so that it is worth a look-up.
    [[nodiscard]] bool may_allow(std::string_view name, std::uint16_t port) const;

    /// The path of a Unix socket, from the root of the caller on, with no symlink in it.
    [[nodiscard]] bool allows_socket(std::string_view path) const;

private:
    enum class kind { any, network, address_pattern, name, name_pattern, socket };

    [[nodiscard]] bool parse_host(std::string_view text);
    [[nodiscard]] bool parse_port(std::string_view text);

    [[nodiscard]] bool is_for(std::uint16_t port) const noexcept { return first_port_ <= port && port <= last_port_; }

    kind kind_ = kind::any;
    std::string text_; ///< The name or pattern.
    std::optional<address_network> network_;
    std::uint16_t first_port_ = 0;
    std::uint16_t last_port_ = 0;
};

/// Rules that together allow what one of them allows; without one nothing.
class forward_rules {
public:
    /// Precondition: each is a rule.
    explicit forward_rules(const std::vector<std::string>& texts);

    [[nodiscard]] bool allows(std::string_view name, const boost::asio::ip::address& to, std::uint16_t port) const;
    [[nodiscard]] bool may_allow(std::string_view name, std::uint16_t port) const;
    [[nodiscard]] bool allows_socket(std::string_view path) const;

private:
    std::vector<forward_rule> all_;
};

/// The one form of where a connection goes: the kernel takes 0.0.0.0 and :: for the loopback address.
[[nodiscard]] boost::asio::ip::address destination_address(const boost::asio::ip::address& of);

/// A host as it is compared and looked up: in lower case, without one dot at its end. Nothing where it can be none: a
/// byte that neither names nor addresses have, or two dots at its end.
[[nodiscard]] std::optional<std::string> normal_host(std::string_view host);

/// The address that a host spells, in any form that the C library takes for a number; nothing for a name.
[[nodiscard]] std::optional<boost::asio::ip::address> numeric_address(const std::string& host);

} // namespace tug::service

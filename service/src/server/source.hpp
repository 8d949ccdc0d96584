#pragma once

#include <sys/socket.h>

#include <string>

namespace tug::service {

/// True for 127.0.0.0/8, ::1, and the first of these written as IPv6.
[[nodiscard]] bool is_loopback(const sockaddr* a) noexcept;

/// Whom limits per source count as one: an IPv4 address (also where it is written as IPv6), the first 64 bits of an
/// IPv6 address, which is what one subscriber gets. Empty for other families.
[[nodiscard]] std::string source_of(const sockaddr* a);

} // namespace tug::service

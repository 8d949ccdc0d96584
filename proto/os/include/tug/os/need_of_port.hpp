#pragma once

#include <cerrno>
#include <string_view>

namespace tug::os {

/// What it takes to listen at a port that bind(2) refused with this errno, to be put behind the name of the port;
/// nothing but for a low port, which the kernel denies with EACCES.
[[nodiscard]] constexpr std::string_view need_of_port(int err) noexcept {
    return err == EACCES ? ", which takes CAP_NET_BIND_SERVICE" : "";
}

} // namespace tug::os

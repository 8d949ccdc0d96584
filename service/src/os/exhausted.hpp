#pragma once

#include <cerrno>
#include <chrono>

namespace tug::service {

/// How long nothing is accepted after an attempt that is_exhausted(): the socket stays readable, and another attempt
/// would find the same.
inline constexpr auto exhausted_pause = std::chrono::milliseconds(100);

/// Whether accept(2) or socket(2) has failed for want of descriptors or memory, and not because of the peer.
[[nodiscard]] constexpr bool is_exhausted(int err) noexcept {
    return err == EMFILE || err == ENFILE || err == ENOBUFS || err == ENOMEM;
}

} // namespace tug::service

#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace tug::service {

// Descriptors that one process passes to another one over a Unix socket, with a message that goes at once.

/// As many as can be passed together.
inline constexpr std::size_t most_passed_descriptors = 16;

/// False, with errno, where the other end is gone.
[[nodiscard]] bool pass_descriptors(int socket, std::span<const std::byte> message, std::span<const int> descriptors);

/// Waits for a message of exactly that size. Returns how many descriptors came with it, which are in `descriptors`,
/// close-on-exec, and the receiver's; fewer than were sent where there is no room for them here. Nothing where the
/// other end is gone.
[[nodiscard]] std::optional<std::size_t> receive_descriptors(int socket, std::span<std::byte> message,
                                                             std::span<int> descriptors);

} // namespace tug::service

#pragma once

#include <cstddef>
#include <span>

namespace tug::os {

/// Writes all of it at the position of the descriptor, which must block. 0, or the errno; then an unknown part was
/// written. Blocks; thread safe.
[[nodiscard]] int write_all(int fd, std::span<const std::byte> bytes) noexcept;

} // namespace tug::os

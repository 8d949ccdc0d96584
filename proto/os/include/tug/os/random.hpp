#pragma once

#include <sys/random.h>

#include <cstddef>
#include <span>

namespace tug::os {

/// Fills `out`, at most 256 bytes, with random bytes of the kernel; false where there are none, which the caller must
/// not overlook. Not by OpenSSL: its generator loads a provider first, which takes longer than a whole call on
/// loopback.
[[nodiscard]] inline bool fill_random(std::span<std::byte> out) noexcept {
    return ::getrandom(out.data(), out.size(), 0) == static_cast<ssize_t>(out.size());
}

} // namespace tug::os

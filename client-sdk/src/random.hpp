#pragma once

#include <openssl/rand.h>

#include <cstddef>
#include <span>

namespace tug::detail {

/// Fills `out` with random bytes of the OS; false where there are none, which must not be overlooked.
[[nodiscard]] inline bool fill_random(std::span<std::byte> out) noexcept {
    return RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(out.size())) == 1;
}

} // namespace tug::detail

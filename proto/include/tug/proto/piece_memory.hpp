#pragma once

#include "tug/proto/limits.hpp"

#include <cstddef>
#include <memory>

namespace tug::proto {

/// So many pieces that are not in use stay allocated in a process (4 MiB). What malloc would do with memory of this
/// size is give it back to the system and take it again, page fault by page fault: that costs as much as copying it.
inline constexpr std::size_t spare_pieces = 16;

/// How memory of allocate_bytes() goes.
struct free_bytes {
    bool piece = false; ///< It is a whole piece and may be kept for the next one.

    void operator()(std::byte* bytes) const noexcept;
};

using bytes_ptr = std::unique_ptr<std::byte[], free_bytes>;

/// Memory that is not initialised. More than half a piece, and up to one, is taken from those that are spare.
/// Throws std::bad_alloc. Thread safe, and without a lock: pieces are filled on one thread and freed on another.
[[nodiscard]] bytes_ptr allocate_bytes(std::size_t size);

} // namespace tug::proto

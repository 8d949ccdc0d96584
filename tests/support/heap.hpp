#pragma once

#include <malloc.h>

#include <cstddef>

// The sanitizers replace malloc and count for themselves.
extern "C" __attribute__((weak)) std::size_t __sanitizer_get_current_allocated_bytes();

namespace tug::test {

/// Bytes that are allocated now, by all threads.
inline std::size_t heap_in_use() {
    if (__sanitizer_get_current_allocated_bytes) return __sanitizer_get_current_allocated_bytes();
    const auto info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

} // namespace tug::test

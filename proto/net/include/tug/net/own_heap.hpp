#pragma once

#include <cstdlib>

namespace tug::net {

/// Gives this thread a heap of its own: with its first allocation malloc makes an arena, which is much address space
/// and hardly any memory. A thread that comes to it when there is no address space left fails at the smallest
/// allocation from then on; and what fails there, in the middle of a wake-up, cannot be told to anybody.
inline void take_own_heap() noexcept {
    void* volatile some = std::malloc(1); // NOLINT(cppcoreguidelines-no-malloc): it is the heap that is meant
    std::free(some);                      // NOLINT(cppcoreguidelines-no-malloc)
}

} // namespace tug::net

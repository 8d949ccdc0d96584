#pragma once

#include <cstddef>

namespace tug::net {

/// What allocate_in_need() gives at most, in bytes: what a coroutine or a message takes, and no bytes of a stream.
inline constexpr std::size_t small_memory = 3 * 1024;

/// Gives this thread a heap of its own: with its first allocation malloc makes an arena, which is much address space
/// and hardly any memory. A thread that comes to it when there is no address space left fails at the smallest
/// allocation from then on; and what fails there, in the middle of a wake-up, cannot be told to anybody.
///
/// In it `blocks` blocks of 64 KiB, at most 8, are kept in reserve for allocate_in_need(). They go with the thread.
void take_own_heap(std::size_t blocks) noexcept;

/// Memory (of malloc) from the reserve of this thread, for small allocations that malloc has no memory for: with them
/// that what was begun is brought to its end. Null where the reserve is used up or `size` is more than small_memory.
[[nodiscard]] void* allocate_in_need(std::size_t size) noexcept;

/// True where more than half of this thread's reserve is used up: nothing new should be begun.
[[nodiscard]] bool memory_is_short() noexcept;

/// Takes back into the reserve what there is memory for. To be called now and then; cheap where nothing is missing.
void restore_reserve() noexcept;

} // namespace tug::net

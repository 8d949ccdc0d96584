#include "tug/net/own_heap.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

// NOLINTBEGIN(cppcoreguidelines-no-malloc): it is the heap that is meant

namespace tug::net {

namespace {

/// Small enough that malloc takes it from the heap of the thread, to which it also goes back. Its pages are never
/// touched as long as it is in reserve.
constexpr std::size_t block_size = 64 * 1024;

struct reserve {
    std::array<void*, 8> blocks{};
    std::size_t wanted = 0;
    std::size_t count = 0;

    ~reserve() {
        while (count > 0) std::free(blocks[--count]);
    }
};

thread_local reserve kept;

} // namespace

void take_own_heap(std::size_t blocks) noexcept {
    kept.wanted = std::min(blocks, kept.blocks.size());
    void* volatile some = std::malloc(1);
    std::free(some);
    restore_reserve();
}

void* allocate_in_need(std::size_t size) noexcept {
    while (size <= small_memory && kept.count > 0) {
        std::free(kept.blocks[--kept.count]);
        if (void* found = std::malloc(size)) return found;
    }
    return nullptr;
}

bool memory_is_short() noexcept {
    return kept.count < kept.wanted / 2;
}

void restore_reserve() noexcept {
    while (kept.count < kept.wanted) {
        void* block = std::malloc(block_size);
        if (!block) return;
        kept.blocks[kept.count++] = block;
    }
}

} // namespace tug::net

// NOLINTEND(cppcoreguidelines-no-malloc)

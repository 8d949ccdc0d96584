#include "tug/proto/piece_memory.hpp"

#include <array>
#include <atomic>

namespace tug::proto {

namespace {

#ifdef TUG_SANITIZED // recycled memory would hide who uses it too late
constexpr std::size_t kept = 1;
constexpr bool recycling = false;
#else
constexpr std::size_t kept = spare_pieces;
constexpr bool recycling = true;
#endif

/// A slot holds a piece that is not in use, or null. Each is taken and filled by itself, so there is no list that
/// could be torn.
std::array<std::atomic<std::byte*>, kept> spare{};

std::byte* take_spare() noexcept {
    for (auto& slot : spare) {
        if (slot.load(std::memory_order_relaxed) == nullptr) continue;
        if (auto* piece = slot.exchange(nullptr, std::memory_order_acquire)) return piece;
    }
    return nullptr;
}

bool keep(std::byte* piece) noexcept {
    for (auto& slot : spare) {
        std::byte* none = nullptr;
        if (slot.load(std::memory_order_relaxed) != nullptr) continue;
        if (slot.compare_exchange_strong(none, piece, std::memory_order_release, std::memory_order_relaxed))
            return true;
    }
    return false;
}

} // namespace

void free_bytes::operator()(std::byte* bytes) const noexcept {
    if (!piece || !recycling || !keep(bytes)) delete[] bytes;
}

bytes_ptr allocate_bytes(std::size_t size) {
    const bool piece = recycling && size > piece_size / 2 && size <= piece_size;
    auto* bytes = piece ? take_spare() : nullptr;
    return {bytes ? bytes : new std::byte[piece ? piece_size : size], free_bytes{piece}};
}

} // namespace tug::proto

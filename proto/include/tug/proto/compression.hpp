#pragma once

#include "tug/proto/chunk.hpp"
#include "tug/proto/error.hpp"
#include "tug/proto/limits.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

struct ZSTD_CCtx_s; // libzstd
struct ZSTD_DCtx_s;

namespace tug::proto {

// Bodies of a stream may be compressed, each by itself (PROTOCOL.md, "Compression"): see chunk::packed().

/// What the bodies of a stream may be.
enum class compression : std::uint8_t { none, zstd };

inline constexpr std::uint32_t lowest_level = 1;
inline constexpr std::uint32_t highest_level = 19;
inline constexpr std::uint32_t default_level = 3;

/// What a compressed body holds at most, and its own size: such a body comes in one piece.
inline constexpr std::uint32_t max_unpacked = 1024 * 1024;
inline constexpr std::uint32_t max_packed = piece_size;

/// Compresses pieces where that pays, which it finds out from the pieces: after some that did not become smaller it
/// looks at fewer and fewer of them, so that what is compressed already costs next to nothing. Not thread safe, but may
/// go from thread to thread. Throws std::bad_alloc.
class packer {
public:
    /// Precondition: lowest_level to highest_level.
    explicit packer(std::uint32_t level);

    /// True where the next piece, of that size, shall go as it is, without a look at it. Once for each piece, before
    /// pack().
    [[nodiscard]] bool passes(std::size_t size) noexcept;

    /// The piece compressed, or as it is where that would save less than an eighth of it. It takes its time: a
    /// millisecond, or at a high level a hundred. Precondition: at most piece_size bytes, not packed.
    [[nodiscard]] chunk pack(chunk piece);

private:
    struct free_context {
        void operator()(ZSTD_CCtx_s* context) const noexcept;
    };

    [[nodiscard]] chunk try_pack(std::span<const std::byte> bytes);

    int level_;
    std::unique_ptr<ZSTD_CCtx_s, free_context> context_; ///< From the first piece on.
    bool pays_ = false;                                  ///< The last piece that was looked at became smaller.
    unsigned pause_ = 0;                                 ///< Pieces to pass by after the next one that does not.
    unsigned left_ = 0;                                  ///< Of these.
};

/// Takes compressed pieces apart. The memory that it takes is bounded by what a piece says it holds, never by what is
/// in it. Not thread safe, but may go from thread to thread. Throws std::bad_alloc.
class unpacker {
public:
    /// What the piece holds; one that is not packed stays as it is. Fails with invalid_params of the field `zstd` where
    /// it is not one whole frame of just so many bytes.
    [[nodiscard]] result<chunk> unpack(chunk piece);

private:
    struct free_context {
        void operator()(ZSTD_DCtx_s* context) const noexcept;
    };

    std::unique_ptr<ZSTD_DCtx_s, free_context> context_; ///< From the first packed piece on.
};

} // namespace tug::proto

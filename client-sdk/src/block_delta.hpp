#pragma once

#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tug::detail {

/// Bytes, and where they belong.
struct changed_piece {
    proto::chunk bytes;
    std::uint64_t position = 0;
};

/// Says what of a file differs from another one, of which the digests of its blocks are known. Blocks are compared at
/// equal positions: what was inserted in the middle moves all that follows.
class block_delta {
public:
    static constexpr std::size_t digest_size = 16; ///< XXH3, 128 bits.
    static constexpr std::size_t smallest_block = 65'536;
    /// Of the digests of a base: 16 MiB.
    static constexpr std::size_t most_blocks = 1'048'576;

    /// The size of the blocks for a file of that size, a power of two of at most proto::piece_size: such that all
    /// digests take as many bytes as the one block that most changes cost more than they are. Nothing where the file is
    /// too large.
    [[nodiscard]] static std::optional<std::size_t> block_for(std::uint64_t size);

    /// `digests`: those of the blocks of the base in their order, raw, one behind the other; its last block may be
    /// shorter than the others.
    block_delta(std::size_t block, std::string digests) : block_(block), digests_(std::move(digests)) {}

    /// What of these bytes differs. Precondition: `position` is that of a block, and only the last bytes of the file
    /// end inside of one.
    [[nodiscard]] std::vector<changed_piece> compare(std::uint64_t position, std::span<const std::byte> bytes) const;

private:
    [[nodiscard]] bool is_same(std::uint64_t position, std::span<const std::byte> block) const;

    std::size_t block_;
    std::string digests_;
};

} // namespace tug::detail

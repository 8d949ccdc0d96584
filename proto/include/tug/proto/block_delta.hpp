#pragma once

#include "tug/proto/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tug::proto {

/// A part of some bytes.
struct byte_run {
    std::size_t begin = 0;
    std::size_t size = 0;
};

/// Says what of a file differs from another one, of which the digests of its blocks are known. Blocks are compared at
/// equal positions: what was inserted in the middle moves all that follows.
class block_delta {
public:
    static constexpr std::size_t digest_size = 16; ///< XXH3, 128 bits.
    static constexpr std::size_t smallest_block = 65'536;
    static constexpr std::size_t largest_block = 262'144;
    /// Of the digests of a base: 16 MiB.
    static constexpr std::size_t most_blocks = 1'048'576;
    /// A smaller file is sent as a whole: its digests take as long.
    static constexpr std::uint64_t smallest_file = 1024 * 1024;

    /// The size of the blocks for a file of that size, a power of two: such that all digests take as many bytes as the
    /// one block that most changes cost more than they are. Nothing where the file is too large.
    [[nodiscard]] static std::optional<std::size_t> block_for(std::uint64_t size);

    /// `digests`: those of the blocks of the base in their order, raw, one behind the other; its last block may be
    /// shorter than the others.
    block_delta(std::size_t block, std::string digests) : block_(block), digests_(std::move(digests)) {}

    /// What of these bytes differs. Precondition: `position` is that of a block, and only the last bytes of the file
    /// end inside of one.
    [[nodiscard]] std::vector<byte_run> compare(std::uint64_t position, std::span<const std::byte> bytes) const;

private:
    [[nodiscard]] bool is_same(std::uint64_t position, std::span<const std::byte> block) const;

    std::size_t block_;
    std::string digests_;
};

/// The digests of the blocks of one file, as the stream `blocks` of a tree has them: how many (u32), then each.
class block_list {
public:
    /// In front of so many digests.
    static void append_count(std::string& out, std::uint32_t count);

    /// invalid_params for what goes beyond this list, or a longer one than most_blocks.
    [[nodiscard]] result<void> feed(std::span<const std::byte> bytes);

    [[nodiscard]] bool complete() const noexcept { return count_ && digests_.size() == *count_; }

    /// Precondition: complete().
    [[nodiscard]] std::string take() { return std::move(digests_); }

private:
    std::string header_;               ///< Of the count, what has come.
    std::optional<std::size_t> count_; ///< In bytes.
    std::string digests_;
};

} // namespace tug::proto

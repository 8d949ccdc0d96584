#include "block_delta.hpp"

#include <tug/proto/limits.hpp>

#include <algorithm>
#include <utility>

namespace tug::detail {

std::optional<std::size_t> block_delta::block_for(std::uint64_t size) {
    auto block = smallest_block;
    while (block < proto::piece_size && size / block * digest_size > block) block *= 2;
    return size / block < most_blocks ? std::optional(block) : std::nullopt;
}

bool block_delta::is_same(std::uint64_t position, std::span<const std::byte> block) const {
    const auto at = position / block_ * digest_size;
    if (at + digest_size > digests_.size()) return false;
    proto::hasher hasher(proto::digest_kind::xxh3_128);
    hasher.update(block);
    const auto digest = hasher.finish();
    return std::ranges::equal(digest.bytes(), std::as_bytes(std::span(digests_).subspan(at, digest_size)));
}

std::vector<changed_piece> block_delta::compare(std::uint64_t position, std::span<const std::byte> bytes) const {
    std::vector<changed_piece> out;
    std::size_t begin = 0; // of what differs and was not passed on yet
    const auto pass_on = [&](std::size_t end) {
        if (end == begin) return;
        changed_piece piece;
        piece.bytes = proto::chunk::copy_of(bytes.subspan(begin, end - begin));
        piece.position = position + begin;
        out.push_back(std::move(piece));
    };
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = std::min(block_, bytes.size() - at);
        if (is_same(position + at, bytes.subspan(at, size))) {
            pass_on(at);
            begin = at + size;
        }
        at += size;
    }
    pass_on(bytes.size());
    return out;
}

} // namespace tug::detail

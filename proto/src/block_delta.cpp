#include "tug/proto/block_delta.hpp"

#include "tug/proto/digest.hpp"
#include "tug/proto/limits.hpp"

#include <algorithm>

namespace tug::proto {

namespace {

constexpr std::size_t count_size = 4;

} // namespace

static_assert(piece_size % block_delta::largest_block == 0);

std::optional<std::size_t> block_delta::block_for(std::uint64_t size) {
    auto block = smallest_block;
    while (block < largest_block && size / block * digest_size > block) block *= 2;
    return size / block < most_blocks ? std::optional(block) : std::nullopt;
}

bool block_delta::is_same(std::uint64_t position, std::span<const std::byte> block) const {
    const auto at = position / block_ * digest_size;
    if (at + digest_size > digests_.size()) return false;
    hasher made(digest_kind::xxh3_128);
    made.update(block);
    const auto digest = made.finish();
    return std::ranges::equal(digest.bytes(), std::as_bytes(std::span(digests_).subspan(at, digest_size)));
}

std::vector<byte_run> block_delta::compare(std::uint64_t position, std::span<const std::byte> bytes) const {
    std::vector<byte_run> out;
    for (std::size_t at = 0; at < bytes.size();) {
        const auto size = std::min(block_, bytes.size() - at);
        if (!is_same(position + at, bytes.subspan(at, size))) {
            if (out.empty() || out.back().begin + out.back().size < at) out.push_back({at, 0});
            out.back().size += size;
        }
        at += size;
    }
    return out;
}

void block_list::append_count(std::string& out, std::uint32_t count) {
    for (unsigned shift = 32; shift > 0; shift -= 8) out += static_cast<char>(count >> (shift - 8) & 0xffU);
}

result<void> block_list::feed(std::span<const std::byte> bytes) {
    std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (!count_) {
        const auto n = std::min(text.size(), count_size - header_.size());
        header_.append(text.substr(0, n));
        text.remove_prefix(n);
        if (header_.size() < count_size) return {};
        std::size_t count = 0;
        for (const char c : header_) count = count << 8U | static_cast<unsigned char>(c);
        if (count > block_delta::most_blocks) return failure::bad_field("blocks", "are more than 1,048,576");
        count_ = count * block_delta::digest_size;
    }
    if (text.size() > *count_ - digests_.size()) return failure::bad_field("blocks", "are more than was said");
    digests_.append(text);
    return {};
}

} // namespace tug::proto

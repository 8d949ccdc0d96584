#include "tug/proto/compression.hpp"

#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <new>
#include <string>
#include <utility>

namespace tug::proto {

namespace {

/// Smaller pieces gain too little for what their frames cost.
constexpr std::size_t smallest_piece = 256;
/// So much of a piece is tried first where nothing is known of its kind.
constexpr std::size_t sample_size = 16 * 1024;
constexpr unsigned longest_pause = 64;

/// What has to be left of so many bytes, or fewer.
constexpr std::size_t most_that_pays(std::size_t size) noexcept {
    return size - size / 8;
}

failure bad_frame(const std::string& why) {
    return failure::bad_field("zstd", "comes with a body that " + why);
}

} // namespace

// --- packer ----------------------------------------------------------------------------------------------------------

void packer::free_context::operator()(ZSTD_CCtx_s* context) const noexcept {
    ZSTD_freeCCtx(context);
}

packer::packer(std::uint32_t level) : level_(static_cast<int>(level)) {
    assert(level >= lowest_level && level <= highest_level);
}

bool packer::passes(std::size_t size) noexcept {
    if (size < smallest_piece) return true;
    if (left_ == 0) return false;
    --left_;
    return true;
}

chunk packer::pack(chunk piece) {
    // A part from the middle: files begin with heads of another kind.
    const auto size = std::min(piece.size(), sample_size);
    const auto sample = piece.bytes().subspan((piece.size() - size) / 2, size);
    auto packed = chunk();
    if (pays_ || size == piece.size() || !try_pack(sample).empty()) packed = try_pack(piece.bytes());
    pays_ = !packed.empty();
    if (!pays_) {
        pause_ = std::clamp(2 * pause_, 1U, longest_pause);
        left_ = pause_;
        return piece;
    }
    pause_ = 0;
    packed.set_packed(static_cast<std::uint32_t>(piece.size()));
    return packed;
}

/// Nothing where it does not become small enough.
chunk packer::try_pack(std::span<const std::byte> bytes) {
    if (!context_) context_.reset(ZSTD_createCCtx());
    if (!context_) throw std::bad_alloc();
    chunk out(most_that_pays(bytes.size()));
    const auto room = out.room();
    const auto n = ZSTD_compressCCtx(context_.get(), room.data(), room.size(), bytes.data(), bytes.size(), level_);
    if (ZSTD_isError(n) != 0) return {}; // there is not room enough
    out.commit(n);
    return chunk::copy_of(out.bytes()); // what waits to be sent takes no more room than its bytes
}

// --- unpacker --------------------------------------------------------------------------------------------------------

void unpacker::free_context::operator()(ZSTD_DCtx_s* context) const noexcept {
    ZSTD_freeDCtx(context);
}

result<chunk> unpacker::unpack(chunk piece) {
    const auto holds = piece.packed();
    if (holds == 0) return piece;
    constexpr std::string_view magic("\x28\xb5\x2f\xfd", 4); // neither an old format nor a frame to be skipped
    if (!piece.text().starts_with(magic)) return bad_frame("is no Zstandard frame");
    const auto bytes = piece.bytes();
    if (ZSTD_findFrameCompressedSize(bytes.data(), bytes.size()) != bytes.size())
        return bad_frame("is not one whole frame");
    if (!context_) context_.reset(ZSTD_createDCtx());
    if (!context_) throw std::bad_alloc();
    chunk out(holds);
    const auto room = out.room();
    const auto n = ZSTD_decompressDCtx(context_.get(), room.data(), room.size(), bytes.data(), bytes.size());
    if (ZSTD_isError(n) != 0) return bad_frame(std::string("cannot be unpacked: ") + ZSTD_getErrorName(n));
    if (n != holds) return bad_frame("holds " + std::to_string(n) + " bytes, not " + std::to_string(holds));
    out.commit(n);
    return out;
}

} // namespace tug::proto

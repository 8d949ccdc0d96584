#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

namespace tug::net {

/// The bytes of buffers in pieces of at most one TLS record, as large as `staging`: parts of a large buffer as they
/// are, small ones joined there. Owns nothing.
class record_pieces {
public:
    record_pieces(std::span<const std::span<const std::byte>> buffers, std::span<std::byte> staging) noexcept
        : buffers_(buffers), staging_(staging) {}

    /// At most `most` bytes; none at the end.
    std::span<const std::byte> next(std::size_t most) noexcept {
        most = std::min(most, staging_.size());
        skip_empty();
        if (buffers_.empty()) return {};
        if (rest().size() >= most || buffers_.size() == 1) return take(most);
        std::size_t filled = 0;
        while (filled < most && !buffers_.empty()) {
            const auto part = take(most - filled);
            if (!part.empty()) std::memcpy(staging_.data() + filled, part.data(), part.size());
            filled += part.size();
            skip_empty();
        }
        return staging_.first(filled);
    }

private:
    [[nodiscard]] std::span<const std::byte> rest() const noexcept { return buffers_.front().subspan(taken_); }

    std::span<const std::byte> take(std::size_t most) noexcept {
        const auto part = rest().first(std::min(most, rest().size()));
        taken_ += part.size();
        return part;
    }

    void skip_empty() noexcept {
        while (!buffers_.empty() && rest().empty()) {
            buffers_ = buffers_.subspan(1);
            taken_ = 0;
        }
    }

    std::span<const std::span<const std::byte>> buffers_;
    std::span<std::byte> staging_;
    std::size_t taken_ = 0; ///< Of the first buffer.
};

} // namespace tug::net

#pragma once

#include "tug/proto/piece_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

namespace tug::proto {

/// An owned run of bytes on its way between a socket and a file or pipe. Move-only: a body is never copied once it is
/// in a chunk. The storage is not initialised: pages are touched only as bytes arrive in them.
class chunk {
public:
    chunk() = default;

    /// Room for `capacity` bytes, none of them used yet.
    explicit chunk(std::size_t capacity) : data_(allocate_bytes(capacity)), capacity_(capacity) {}

    chunk(chunk&& other) noexcept { swap(other); }

    chunk& operator=(chunk&& other) noexcept {
        chunk gone(std::move(other));
        swap(gone);
        return *this;
    }

    ~chunk() = default;

    void swap(chunk& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(capacity_, other.capacity_);
        std::swap(begin_, other.begin_);
        std::swap(end_, other.end_);
        std::swap(packed_, other.packed_);
    }

    [[nodiscard]] static chunk copy_of(std::span<const std::byte> bytes) {
        chunk c(bytes.size());
        c.append(bytes);
        return c;
    }

    [[nodiscard]] static chunk copy_of(std::string_view text) { return copy_of(std::as_bytes(std::span(text))); }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {data_.get() + begin_, end_ - begin_}; }

    [[nodiscard]] std::string_view text() const noexcept {
        return {reinterpret_cast<const char*>(data_.get()) + begin_, size()};
    }

    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }

    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

    /// Where this is not 0 the bytes are a compressed frame that holds so many; see compression.hpp.
    [[nodiscard]] std::uint32_t packed() const noexcept { return packed_; }

    void set_packed(std::uint32_t content) noexcept { packed_ = content; }

    /// How many bytes of a file, or whatever it is that is sent, these are.
    [[nodiscard]] std::size_t content_size() const noexcept { return packed_ > 0 ? packed_ : size(); }

    /// The unused room behind the bytes; commit() makes a part of it used.
    [[nodiscard]] std::span<std::byte> room() noexcept { return {data_.get() + end_, capacity_ - end_}; }

    void commit(std::size_t n) noexcept { end_ += n; }

    /// Takes n bytes off the front; n <= size().
    void consume(std::size_t n) noexcept { begin_ += n; }

    /// Copies as much as there is room for and says how much that was.
    std::size_t append(std::span<const std::byte> bytes) noexcept {
        const auto n = std::min(bytes.size(), room().size());
        if (n > 0) std::memcpy(data_.get() + end_, bytes.data(), n);
        end_ += n;
        return n;
    }

private:
    bytes_ptr data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint32_t packed_ = 0;
};

} // namespace tug::proto

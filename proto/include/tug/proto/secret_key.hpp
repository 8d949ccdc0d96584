#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace tug::proto {

/// A shared key: 32 bytes. Wiped when it goes.
class secret_key {
public:
    static constexpr std::size_t size = 32;

    secret_key() = default;
    explicit secret_key(std::span<const std::byte, size> bytes);
    secret_key(const secret_key&) = default;
    secret_key& operator=(const secret_key&) = default;
    ~secret_key();

    [[nodiscard]] std::span<const std::byte, size> bytes() const noexcept { return bytes_; }

private:
    std::array<std::byte, size> bytes_{};
};

} // namespace tug::proto

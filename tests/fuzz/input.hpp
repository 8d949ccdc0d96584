#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tug::test {

/// What has to hold whatever the input is.
inline void check(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) noexcept {
    return {reinterpret_cast<const char*>(data), size};
}

/// The bytes of the input, one after the other; zeros when they are used up.
class source {
public:
    explicit source(std::string_view from) : left_(from) {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }

    unsigned byte() {
        if (left_.empty()) return 0;
        const auto c = static_cast<unsigned char>(left_.front());
        left_.remove_prefix(1);
        return c;
    }

    std::string_view take(std::size_t n) {
        const auto part = left_.substr(0, n);
        left_.remove_prefix(part.size());
        return part;
    }

    /// A size byte and so many bytes.
    std::string_view piece() { return take(byte()); }

    std::string_view rest() { return take(left_.size()); }

private:
    std::string_view left_;
};

/// A copy that is no longer than its text, so that an over-read is seen.
class exact_copy {
public:
    explicit exact_copy(std::string_view text) : size_(text.size()), bytes_(std::make_unique<char[]>(size_)) {
        std::ranges::copy(text, bytes_.get());
    }

    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.get(), size_}; }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
        return std::as_bytes(std::span(bytes_.get(), size_));
    }

private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

} // namespace tug::test

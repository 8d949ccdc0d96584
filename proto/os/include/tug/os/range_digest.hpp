#pragma once

#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <utility>

namespace tug::os {

/// Digests a range of a file in steps, so that the caller can be told to stop in between. Does not move the position of
/// the descriptor, which must stay open.
class range_digest {
public:
    /// What a step takes in at most, where the caller does not say.
    static constexpr std::uint64_t step_bytes = 16 * 1024 * 1024;

    /// From `from` to `to`, or to the end of the file where that comes first, into `hasher`.
    range_digest(int file, std::uint64_t from, std::uint64_t to, proto::hasher hasher)
        : file_(file), at_(from), to_(to), hasher_(std::move(hasher)) {}

    /// Shown the bytes as they are taken in.
    using on_bytes = std::function<void(std::span<const std::byte>)>;

    /// Takes the next step, of about `most` bytes; true where it was the last. Fails as the OS says.
    [[nodiscard]] proto::result<bool> step(std::uint64_t most = step_bytes, const on_bytes& also = {});

    /// Behind the last byte that was taken in.
    [[nodiscard]] std::uint64_t position() const noexcept { return at_; }

    /// What has come of it, once.
    [[nodiscard]] proto::hasher take() { return std::move(hasher_); }

private:
    int file_;
    std::uint64_t at_;
    std::uint64_t to_;
    proto::hasher hasher_;
};

/// Takes so many zeros in: what a hole holds.
void digest_zeros(proto::hasher& to, std::uint64_t count);

} // namespace tug::os

#pragma once

#include <tug/os/root.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tug::os {

/// What a file_digest is made of.
struct digest_range {
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length{}; ///< To the end of the file where absent.
    std::optional<std::uint64_t> block{};  ///< Not 0.
    proto::digest_kind kind = proto::digest_kind::xxh3_128;
};

/// The digest of a range of a file, and where that is asked for of each block of it, made in steps so that the caller
/// can stop between two of them. The size at the time of opening holds; a file that says size 0 and has bytes all the
/// same (/proc) is read to its end, and one that ends before its size without having changed (/sys) is whole.
/// Memory: one buffer. Not thread safe, but may go from thread to thread; step() blocks on the file system.
class file_digest {
public:
    /// range_invalid where the offset is past the end.
    [[nodiscard]] static proto::result<file_digest> begin(opened_file file, const digest_range& range);

    /// Reads at most about `most` bytes more and appends to `blocks` the digests of the blocks that are whole now, as
    /// raw bytes; with the last step that of a shorter rest. io_error where the file became shorter.
    [[nodiscard]] proto::result<void> step(std::uint64_t most, std::string& blocks);

    [[nodiscard]] bool done() const noexcept { return left_ == 0U; }

    /// That the digest covers so far.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return at_ - range_.offset; }

    [[nodiscard]] const opened_file& file() const noexcept { return file_; }

    /// Of all bytes so far. Once, last.
    [[nodiscard]] proto::digest finish() { return whole_.finish(); }

private:
    file_digest(opened_file file, const digest_range& range);

    [[nodiscard]] proto::result<std::size_t> read();
    [[nodiscard]] proto::result<void> check_end();
    void update(std::span<const std::byte> bytes, std::string& blocks);
    void end_block(std::string& blocks);

    opened_file file_;
    digest_range range_;
    std::uint64_t at_;
    std::optional<std::uint64_t> left_; ///< Unknown where the file does not say its size.
    proto::hasher whole_;
    proto::hasher block_;
    std::uint64_t in_block_ = 0;
    std::vector<std::byte> buffer_;
};

} // namespace tug::os

#pragma once

#include <tug/os/range_digest.hpp>
#include <tug/os/root.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

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
/// Not thread safe, but may go from thread to thread; step() blocks on the file system.
class file_digest {
public:
    /// range_invalid where the offset is past the end.
    [[nodiscard]] static proto::result<file_digest> begin(opened_file file, const digest_range& range);

    /// Reads at most about `most` bytes more and appends to `blocks` the digests of the blocks that are whole now, as
    /// raw bytes; with the last step that of a shorter rest. io_error where the file became shorter.
    [[nodiscard]] proto::result<void> step(std::uint64_t most, std::string& blocks);

    [[nodiscard]] bool done() const noexcept { return done_; }

    /// That the digest covers so far.
    [[nodiscard]] std::uint64_t bytes() const noexcept { return whole_.position() - range_.offset; }

    [[nodiscard]] const opened_file& file() const noexcept { return file_; }

    /// Of all bytes so far. Once, last.
    [[nodiscard]] proto::digest finish() { return whole_.take().finish(); }

private:
    file_digest(opened_file file, const digest_range& range, std::uint64_t end);

    [[nodiscard]] proto::result<void> check_end();
    void add_to_blocks(std::span<const std::byte> bytes, std::string& blocks);
    void end_block(std::string& blocks);

    opened_file file_;
    digest_range range_;
    std::uint64_t end_; ///< The largest that there is where the file does not say its size.
    range_digest whole_;
    proto::hasher block_;
    std::uint64_t in_block_ = 0;
    bool done_;
};

} // namespace tug::os

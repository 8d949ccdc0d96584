#pragma once

#include <tug/os/unique_fd.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tug::detail {

/// A local file on its way to the server: read in blocks and hashed while the bytes are hot. All calls block; they run
/// on a file thread, one at a time.
class file_reader {
public:
    /// Pieces of a block.
    static constexpr std::size_t block_pieces = 4;

    file_reader(std::string path, proto::digest_kind kind) : path_(std::move(path)), hasher_(kind) {}

    /// Opens it; a fifo or a device is refused without waiting for it.
    [[nodiscard]] proto::result<void> open();

    /// How much there is to send: the size when it was opened. Files of /proc say 0 and those of /sys 4096, whatever
    /// they hold: of a small file it is found out by reading, and of one of size 0 that holds more than a piece it is
    /// unknown.
    [[nodiscard]] std::optional<std::uint64_t> size() const noexcept { return size_; }

    [[nodiscard]] std::uint32_t mode() const noexcept { return mode_; }

    [[nodiscard]] std::int64_t mtime_ns() const noexcept { return mtime_ns_; }

    /// The next pieces; none at the end. What the file has grown meanwhile is not read; where it became shorter:
    /// size_mismatch.
    [[nodiscard]] proto::result<std::vector<proto::chunk>> next_block();

    /// After the end.
    [[nodiscard]] proto::digest digest() { return hasher_.finish(); }

private:
    [[nodiscard]] proto::result<void> look_ahead(std::uint64_t said);
    [[nodiscard]] proto::result<proto::chunk> next_piece();
    [[nodiscard]] proto::result<proto::chunk> read_piece(std::size_t most);
    [[nodiscard]] proto::failure became_shorter() const;

    std::string path_;
    os::unique_fd fd_;
    proto::hasher hasher_;
    std::optional<std::uint64_t> size_;
    proto::chunk ahead_; // the first piece, where it was read when the file was opened
    std::uint64_t at_ = 0;
    std::uint32_t mode_ = 0;
    std::int64_t mtime_ns_ = 0;
};

} // namespace tug::detail

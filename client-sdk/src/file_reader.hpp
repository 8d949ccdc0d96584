#pragma once

#include <tug/os/range_digest.hpp>
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

/// Bytes of a file, and where they begin: said behind a hole alone.
struct file_piece {
    proto::chunk bytes;
    std::optional<std::uint64_t> position;
};

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

    /// Leaves holes out from now on, where the file has any.
    void leave_out_holes() noexcept;

    /// Takes in what the other side has already, the first `count` bytes, a part of it in each call; true when that is
    /// done. Before the first next_block().
    [[nodiscard]] proto::result<bool> pass(std::uint64_t count);

    /// Digests all of the file beforehand, a part of it in each call; true when that is done. After it the file can be
    /// sent from its beginning.
    [[nodiscard]] proto::result<bool> digest_whole();

    /// Of digest_whole(), once.
    [[nodiscard]] proto::digest whole_digest() { return ahead_digest_->take().finish(); }

    /// The next pieces; none at the end, and where a long hole is digested, see done(). What the file has grown
    /// meanwhile is not read; where it became shorter: size_mismatch.
    [[nodiscard]] proto::result<std::vector<file_piece>> next_block();

    /// next_block() has come to the end.
    [[nodiscard]] bool done() const noexcept { return done_; }

    /// At the end: the file ends in a hole, and there.
    [[nodiscard]] const std::optional<std::uint64_t>& end_of_hole() const noexcept { return hole_end_; }

    /// Bytes and holes so far, and what was passed.
    [[nodiscard]] std::uint64_t position() const noexcept { return at_; }

    /// After the end.
    [[nodiscard]] proto::digest digest() { return hasher_.finish(); }

private:
    [[nodiscard]] proto::result<void> look_ahead(std::uint64_t said);
    [[nodiscard]] proto::result<bool> pass_hole();
    [[nodiscard]] proto::result<proto::chunk> next_piece();
    [[nodiscard]] proto::result<proto::chunk> read_piece(std::size_t most);
    [[nodiscard]] proto::failure became_shorter() const;

    std::string path_;
    os::unique_fd fd_;
    proto::hasher hasher_;
    std::optional<std::uint64_t> size_;
    proto::chunk ahead_; // the first piece, where it was read when the file was opened
    std::uint64_t at_ = 0;
    std::uint64_t data_end_ = 0;            // of a sparse file: what is before this position is no hole
    std::optional<std::uint64_t> hole_end_; // of the last hole, until it was said
    std::optional<os::range_digest> passed_;
    std::optional<os::range_digest> ahead_digest_;
    bool sparse_ = false;
    bool done_ = false;
    std::uint32_t mode_ = 0;
    std::int64_t mtime_ns_ = 0;
};

} // namespace tug::detail

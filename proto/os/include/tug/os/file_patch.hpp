#pragma once

#include <tug/os/file_digest.hpp>
#include <tug/os/root.hpp>
#include <tug/os/staged_file.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>

namespace tug::os {

/// A file on its way to its place that begins as a copy of another one, over which is written what differs. The digests
/// of its blocks are those of the copy, which no other process can change: so it does not matter what becomes of the
/// other one.
///
/// work()… -> write()… -> end() -> work()… -> commit(). Not thread safe, but may go from thread to thread; every method
/// may block.
class file_patch {
public:
    /// `to` must have been created as `readable`, and nothing was written to it; `block` is the size of the blocks.
    /// Where there is no `base`, it begins empty.
    file_patch(staged_file to, std::optional<opened_file> base, std::uint64_t block)
        : to_(std::move(to)), base_(std::move(base)), block_(block) {}

    /// There is something to be done before the next of the other methods.
    [[nodiscard]] bool has_work() const noexcept { return !(whole_ ? verified_ : blocks_ && blocks_->done()); }

    /// Does a part of it. First the copy, then its digests, which are appended to `told` as a proto::block_list has
    /// them; after end() all of the file is read: digest_mismatch where it is not what was meant.
    [[nodiscard]] proto::result<void> work(std::string& told);

    /// Over what is there.
    [[nodiscard]] proto::result<void> write(std::uint64_t position, std::span<const std::byte> bytes) {
        return to_.write_at(position, bytes);
    }

    /// It is as large as that, and must have this digest.
    [[nodiscard]] proto::result<void> end(std::uint64_t size, const proto::digest& expected);

    /// It is what was meant.
    [[nodiscard]] bool verified() const noexcept { return verified_; }

    [[nodiscard]] proto::result<void> commit() { return to_.commit(); }

private:
    [[nodiscard]] proto::result<void> copy_base();
    [[nodiscard]] proto::result<void> begin_digests(std::string& told);
    [[nodiscard]] proto::result<void> verify();

    staged_file to_;
    std::optional<opened_file> base_; ///< Until all of it was copied.
    std::uint64_t block_;
    std::optional<file_digest> blocks_; ///< Of the copy.
    std::optional<range_digest> whole_; ///< Of what has become of it.
    std::optional<proto::digest> expected_;
    bool verified_ = false;
};

} // namespace tug::os

#pragma once

#include "tug/proto/error.hpp"
#include <tug/os/unique_fd.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace tug::service {

/// What a put into an existing file changes besides the content.
struct in_place_options {
    std::optional<unsigned> mode{};         ///< At most 0777; without it the mode stays.
    std::optional<std::int64_t> mtime_ns{}; ///< Since the epoch; not set where the OS leaves that to the owner alone.
    bool durable = true;                    ///< Sync the file at the end.
};

/// An existing file that is written into, for those that may be written and not replaced: it stays the same file, with
/// its owner, its names and its mounts. Not atomic: readers see the new bytes as they come, and what was written
/// before a failure stays.
///
/// Used as a staged_file: write()… -> commit(), and between the two the caller verifies size and digest. One thread at
/// a time. Every method may block.
class in_place_file {
public:
    /// Precondition: `file` is from root::open_write(), `name` what messages call it. Sets the mode at once, so that
    /// a file whose mode may not be changed is refused before its content is.
    [[nodiscard]] static proto::result<in_place_file> create(os::unique_fd file, std::string name,
                                                             const in_place_options& options);

    /// Writes all of `bytes` behind those written before. Fails with no_space (ENOSPC, EDQUOT) or as the OS says.
    [[nodiscard]] proto::result<void> write(std::span<const std::byte> bytes);

    /// Bytes written so far.
    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// Cuts the file behind what was written, sets its mtime, syncs and closes it. No sync is ever tried twice.
    [[nodiscard]] proto::result<void> commit();

private:
    in_place_file(os::unique_fd file, std::string name, const in_place_options& options) noexcept
        : file_(std::move(file)), name_(std::move(name)), options_(options) {}

    [[nodiscard]] int complete() const;
    [[nodiscard]] proto::failure failed(int err) const;

    os::unique_fd file_;
    std::string name_;
    in_place_options options_;
    std::uint64_t size_ = 0;
};

} // namespace tug::service

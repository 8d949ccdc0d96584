#pragma once

#include "byte_streams.hpp"
#include "cli/commands/change.hpp"

#include <tug/transfer.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace tug::cli {

/// A local file that is sent to many hosts at once, and read once for all of them: what was read last is kept for those
/// that come behind. A host that falls further behind than `kept_blocks` has its bytes read again, and holds none of
/// the others up. It is sent as large as it was when it was opened.
///
/// Thread safety: none; on one executor.
class shared_file {
public:
    static constexpr std::size_t block_size = 256 * 1024;
    static constexpr std::size_t kept_blocks = 256;

    /// `local` may be "-" or a stream: that is first read to its end, into a file without a name in TMPDIR. Throws
    /// tug::error (local_io).
    [[nodiscard]] static boost::asio::awaitable<std::unique_ptr<shared_file>> open(blocking_thread& on,
                                                                                   std::string local);

    shared_file(blocking_thread& on, boost::asio::any_io_executor executor, shared_descriptor file);

    shared_file(const shared_file&) = delete;
    shared_file& operator=(const shared_file&) = delete;

    [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

    /// Permission bits and time of change; nothing where it was a stream.
    [[nodiscard]] std::optional<std::uint32_t> mode() const noexcept { return mode_; }

    [[nodiscard]] std::int64_t mtime_ns() const noexcept { return mtime_ns_; }

    /// The bytes from there on, at most `most`; empty at the end. Throws tug::error (local_io, size_mismatch).
    [[nodiscard]] boost::asio::awaitable<chunk> read(std::uint64_t offset, std::size_t most);

    /// How many blocks were read from the file.
    [[nodiscard]] std::uint64_t reads() const noexcept { return reads_; }

    /// How many blocks are in memory.
    [[nodiscard]] std::size_t kept() const noexcept { return blocks_.size(); }

private:
    struct block {
        std::uint64_t number;
        chunk bytes;
    };

    [[nodiscard]] const chunk* find(std::uint64_t number);
    boost::asio::awaitable<void> fetch(std::uint64_t number);

    blocking_thread& on_;
    shared_descriptor file_;
    change changed_;
    std::list<block> blocks_; ///< The last used first.
    std::uint64_t size_ = 0;
    std::optional<std::uint32_t> mode_;
    std::int64_t mtime_ns_ = 0;
    std::uint64_t reads_ = 0;
    bool reading_ = false;
};

/// The same for the put of one host. Refers to the file.
class shared_file_source : public source {
public:
    explicit shared_file_source(shared_file& of) : file_(of) {}

    [[nodiscard]] boost::asio::awaitable<chunk> next(std::size_t most) override {
        auto piece = co_await file_.read(at_, most);
        at_ += piece.size();
        co_return std::move(piece);
    }

    [[nodiscard]] std::optional<std::uint64_t> size() const override { return file_.size(); }

private:
    shared_file& file_;
    std::uint64_t at_ = 0;
};

} // namespace tug::cli

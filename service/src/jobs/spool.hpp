#pragma once

#include <tug/proto/chunk.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/exec_messages.hpp>

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace tug::service {

/// What a spool does when it keeps as much as it may.
enum class when_full {
    hold_writer, ///< It takes no more until a reader has taken something: the writer must wait.
    drop_oldest, ///< It takes everything, and forgets what was written first.
};

/// What a command has written on one output, by position: the first byte ever written has position 0. A spool counts
/// and digests everything that is written, and keeps a bounded part of it, from kept_from() on. Thread safety: none.
class spool {
public:
    spool() = default;
    spool(const spool&) = delete;
    spool& operator=(const spool&) = delete;
    virtual ~spool() = default;

    [[nodiscard]] virtual when_full policy() const noexcept = 0;

    /// How many bytes append() takes now; 0 where the writer must wait.
    [[nodiscard]] virtual std::size_t room() = 0;

    /// Adds what was written next. Precondition: piece.size() <= room().
    virtual void append(proto::chunk piece) = 0;

    /// The position of the oldest byte that is kept; written() where none is.
    [[nodiscard]] virtual std::uint64_t kept_from() const noexcept = 0;

    /// A copy of at most `most` bytes from `position` on; perhaps fewer, none at the end.
    /// Precondition: kept_from() <= position <= written().
    [[nodiscard]] virtual proto::chunk read(std::uint64_t position, std::size_t most) const = 0;

    /// Moves at most `most` of the oldest bytes out, which are kept no longer; none where none are kept. This is for
    /// the only reader of a spool that holds its writer.
    [[nodiscard]] virtual proto::chunk take(std::size_t /*most*/) { return {}; }

    /// The position behind the last byte that was written.
    [[nodiscard]] std::uint64_t written() const noexcept { return written_; }

    /// Count and digest of everything that was written. Call it once, last.
    [[nodiscard]] proto::stream_summary summary() { return {written_, digest_.finish().to_string()}; }

protected:
    void count(std::span<const std::byte> bytes) {
        digest_.update(bytes);
        written_ += bytes.size();
    }

private:
    std::uint64_t written_ = 0;
    proto::hasher digest_{proto::digest_kind::xxh3_128};
};

/// A spool in memory: what a running exec has.
class memory_spool final : public spool {
public:
    /// Keeps at most `most` bytes. Precondition: most > 0.
    memory_spool(std::size_t most, when_full policy) : most_(most), policy_(policy) {}

    [[nodiscard]] when_full policy() const noexcept override { return policy_; }

    [[nodiscard]] std::size_t room() override;

    /// A piece is kept as it is, and not copied, unless it fits behind a smaller one.
    void append(proto::chunk piece) override;

    [[nodiscard]] std::uint64_t kept_from() const noexcept override { return written() - kept_; }

    /// Fewer than `most` where the end of a piece comes first.
    [[nodiscard]] proto::chunk read(std::uint64_t position, std::size_t most) const override;
    [[nodiscard]] proto::chunk take(std::size_t most) override;

private:
    void forget(std::size_t bytes);

    std::size_t most_;
    when_full policy_;
    /// One piece, which is all that a running exec has, needs no memory of its own.
    boost::container::small_vector<proto::chunk, 1> pieces_;
    std::size_t kept_ = 0;
};

} // namespace tug::service

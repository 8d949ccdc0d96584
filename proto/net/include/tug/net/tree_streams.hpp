#pragma once

#include "tug/net/blocking.hpp"
#include "tug/net/call_io.hpp"
#include "tug/net/packed_write.hpp"
#include "tug/net/wait_for.hpp"

#include <tug/os/tree_changes.hpp>
#include <tug/os/tree_reader.hpp>
#include <tug/os/tree_writer.hpp>
#include <tug/proto/compression.hpp>
#include <tug/proto/digest.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tug::net {

// A tree over the streams of a call, for either side and either way. What blocks runs on threads of `pool`, a batch at
// a time; while one is written or read, the one before is on its way.

/// Bytes of a tree that one trip to the pool reads or writes: half of a window, so that one half is on its way while
/// the other is worked on.
inline constexpr std::size_t tree_batch = 2 * proto::piece_size;

/// Told how many bytes of the stream have passed, after every batch; says how long to wait before the next.
using tree_progress = std::function<std::chrono::steady_clock::duration(std::size_t)>;

/// What has come of a stream, a batch at most, waiting for the first of it; none is its eof.
inline boost::asio::awaitable<proto::result<std::vector<proto::chunk>>> read_batch(call_io& io, std::size_t stream) {
    std::vector<proto::chunk> out;
    auto first = co_await io.read(stream);
    if (!first) co_return first.error();
    if (first->empty()) co_return out;
    std::size_t size = first->size();
    out.push_back(std::move(*first));
    while (size < tree_batch) {
        auto more = io.read_more(stream);
        if (!more) break;
        size += more->size();
        out.push_back(std::move(*more));
    }
    co_return out;
}

/// Goes through a tree that is not to be sent; says how much there is, where all of it could be read.
template <class Pool>
boost::asio::awaitable<void> count_tree(Pool& pool, os::tree_reader& all, std::optional<proto::tree_amount>& total) {
    const auto work = [&all] { return all.read(tree_batch).has_value(); };
    while (!all.done()) {
        const bool read = co_await run_blocking(pool, work);
        if (!read) co_return;
    }
    total = all.passed();
}

/// The streams of a tree, each by its index among those of its direction.
struct tree_stream_ids {
    std::size_t data = 0;
    std::size_t have = 0;
    std::size_t blocks = 1; ///< Goes the way of `have`.
};

/// What a receiver says beside the tree.
struct tree_answers {
    std::optional<std::vector<proto::chunk>> have;
    std::optional<std::vector<proto::chunk>> blocks;
};

/// Waits for what `from` needs to go on.
inline boost::asio::awaitable<proto::result<tree_answers>> read_answers(call_io& io, const os::tree_reader& from,
                                                                        tree_stream_ids streams) {
    tree_answers out;
    if (!from.wants_blocks() && !from.wants_have()) co_return out;
    auto batch = co_await read_batch(io, from.wants_blocks() ? streams.blocks : streams.have);
    if (!batch) co_return batch.error();
    (from.wants_blocks() ? out.blocks : out.have) = std::move(*batch);
    co_return out;
}

inline proto::result<void> take_answers(const tree_answers& said, os::tree_reader& from, os::have_entries& have) {
    if (said.blocks && said.blocks->empty()) return proto::failure::bad_field("blocks", "are cut off");
    if (said.blocks)
        for (const auto& piece : *said.blocks)
            if (auto fed = from.feed_blocks(piece.bytes()); !fed) return fed;
    if (said.have && said.have->empty()) return have.end();
    if (said.have)
        for (const auto& piece : *said.have)
            if (auto fed = have.feed(piece.bytes()); !fed) return fed;
    return {};
}

/// Sends all that `from` reads over the stream `data`, and takes what the other side has from `have` and `blocks`,
/// where that is asked for. With a packer it is compressed where that pays. False where the other side wants no more.
/// No eof is sent.
template <class Pool>
boost::asio::awaitable<proto::result<bool>>
send_tree(call_io& io, Pool& pool, os::tree_reader& from, os::have_entries& have, proto::hasher& digest,
          tree_stream_ids streams, const tree_progress& progress, proto::packer* by = nullptr) {
    while (!from.done()) {
        const auto said = co_await read_answers(io, from, streams);
        if (!said) co_return said.error();
        const auto work = [&]() -> proto::result<std::vector<proto::chunk>> {
            if (auto taken = take_answers(*said, from, have); !taken) return taken.error();
            auto pieces = from.read(tree_batch);
            if (pieces)
                for (const auto& piece : *pieces) digest.update(piece.bytes());
            return pieces;
        };
        auto pieces = co_await run_blocking(pool, work);
        if (!pieces) co_return pieces.error();
        const auto before = io.sent();
        for (auto& piece : *pieces) {
            const auto sent = co_await write_packed(io, pool, by, streams.data, std::move(piece));
            if (!sent) co_return sent.error();
            if (!*sent) co_return false;
        }
        if (progress) co_await wait_for(progress(static_cast<std::size_t>(io.sent() - before)));
    }
    co_return true;
}

/// A batch of a tree on its way to the disk.
class tree_intake {
public:
    tree_intake(os::tree_writer* to, os::change_reader* changes, proto::hasher& digest)
        : to_(to), changes_(changes), digest_(digest) {}

    /// The next batch. Precondition: the one before is done().
    void begin(std::vector<proto::chunk> pieces) noexcept {
        pieces_ = std::move(pieces);
        next_ = 0;
    }

    [[nodiscard]] bool done() const noexcept {
        return next_ == pieces_.size() && rest_.empty() && !(to_ != nullptr && to_->has_work());
    }

    /// Writes all of it, or up to where the writer has work of its own: a part of that. `told` is for the sender.
    [[nodiscard]] proto::result<void> step(std::string& told) {
        if (to_ != nullptr && to_->has_work()) return to_->work(told);
        while (!done() && !(to_ != nullptr && to_->has_work())) {
            if (rest_.empty())
                if (auto unpacked = unpack(); !unpacked) return unpacked;
            if (to_ == nullptr) rest_ = {};
            if (to_ == nullptr) continue;
            const auto taken = to_->take(rest_);
            if (!taken) return taken.error();
            rest_ = rest_.subspan(*taken);
        }
        if (rest_.empty()) piece_ = {};
        return {};
    }

private:
    [[nodiscard]] proto::result<void> unpack() {
        auto piece = unpacker_.unpack(std::move(pieces_[next_++]));
        if (!piece) return piece.error();
        piece_ = std::move(*piece);
        rest_ = piece_.bytes();
        digest_.update(rest_);
        if (changes_ != nullptr) return changes_->feed(rest_);
        return {};
    }

    os::tree_writer* to_;
    os::change_reader* changes_; ///< Or null; it sees what comes before it is written.
    proto::hasher& digest_;
    proto::unpacker unpacker_;
    std::vector<proto::chunk> pieces_;
    std::size_t next_ = 0;
    proto::chunk piece_;
    std::span<const std::byte> rest_; ///< Of piece_.
};

/// Takes the stream `data` to its eof and writes it; `to` may be null, where nothing is to be written, and so may
/// `changes`. What is there of files that are sent as what differs it says on `blocks`.
template <class Pool>
boost::asio::awaitable<proto::result<void>>
receive_tree(call_io& io, Pool& pool, os::tree_writer* to, proto::hasher& digest, tree_stream_ids streams,
             const tree_progress& progress, os::change_reader* changes = nullptr) {
    tree_intake intake(to, changes, digest);
    for (;;) {
        auto pieces = co_await read_batch(io, streams.data);
        if (!pieces) co_return pieces.error();
        if (pieces->empty()) co_return proto::result<void>();
        std::size_t passed = 0;
        for (const auto& piece : *pieces) passed += piece.size();
        intake.begin(std::move(*pieces));
        while (!intake.done()) {
            std::string told;
            const auto step = [&] { return intake.step(told); };
            const auto written = co_await run_blocking(pool, step);
            if (!written) co_return written;
            if (told.empty()) continue;
            const auto sent = co_await io.write(streams.blocks, proto::chunk::copy_of(told));
            if (!sent) co_return sent.error();
        }
        if (progress) co_await wait_for(progress(passed));
    }
}

} // namespace tug::net

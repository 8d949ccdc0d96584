#pragma once

#include "tug/net/blocking.hpp"
#include "tug/net/call_io.hpp"
#include "tug/net/packed_write.hpp"
#include "tug/net/wait_for.hpp"

#include <tug/os/tree_reader.hpp>
#include <tug/os/tree_writer.hpp>
#include <tug/proto/compression.hpp>
#include <tug/proto/digest.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
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

/// Sends all that `from` reads over the stream `data`, and takes what the other side has from `have`, where that is
/// asked for. With a packer it is compressed where that pays. False where the other side wants no more. No eof is sent.
template <class Pool>
boost::asio::awaitable<proto::result<bool>>
send_tree(call_io& io, Pool& pool, os::tree_reader& from, os::have_entries& have, proto::hasher& digest,
          std::size_t data, std::size_t have_stream, const tree_progress& progress, proto::packer* by = nullptr) {
    while (!from.done()) {
        std::optional<std::vector<proto::chunk>> said;
        if (from.wants_have()) {
            auto batch = co_await read_batch(io, have_stream);
            if (!batch) co_return batch.error();
            said = std::move(*batch);
        }
        const auto work = [&]() -> proto::result<std::vector<proto::chunk>> {
            if (said && said->empty())
                if (auto ended = have.end(); !ended) return ended.error();
            if (said)
                for (const auto& piece : *said)
                    if (auto fed = have.feed(piece.bytes()); !fed) return fed.error();
            auto pieces = from.read(tree_batch);
            if (pieces)
                for (const auto& piece : *pieces) digest.update(piece.bytes());
            return pieces;
        };
        auto pieces = co_await run_blocking(pool, work);
        if (!pieces) co_return pieces.error();
        const auto before = io.sent();
        for (auto& piece : *pieces) {
            const auto sent = co_await write_packed(io, pool, by, data, std::move(piece));
            if (!sent) co_return sent.error();
            if (!*sent) co_return false;
        }
        if (progress) co_await wait_for(progress(static_cast<std::size_t>(io.sent() - before)));
    }
    co_return true;
}

/// Takes the stream `data` to its eof and writes it; `to` may be null, where nothing is to be written.
template <class Pool>
boost::asio::awaitable<proto::result<void>> receive_tree(call_io& io, Pool& pool, os::tree_writer* to,
                                                         proto::hasher& digest, std::size_t data,
                                                         const tree_progress& progress) {
    proto::unpacker unpacker;
    for (;;) {
        auto pieces = co_await read_batch(io, data);
        if (!pieces) co_return pieces.error();
        if (pieces->empty()) co_return proto::result<void>();
        std::size_t passed = 0;
        for (const auto& piece : *pieces) passed += piece.size();
        const auto work = [&]() -> proto::result<void> {
            for (auto& packed : *pieces) {
                const auto piece = unpacker.unpack(std::move(packed));
                if (!piece) return piece.error();
                digest.update(piece->bytes());
                if (to == nullptr) continue;
                if (auto fed = to->feed(piece->bytes()); !fed) return fed;
            }
            return {};
        };
        const auto written = co_await run_blocking(pool, work);
        if (!written) co_return written;
        if (progress) co_await wait_for(progress(passed));
    }
}

} // namespace tug::net

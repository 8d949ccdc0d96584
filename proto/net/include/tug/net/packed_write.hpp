#pragma once

#include "tug/net/blocking.hpp"
#include "tug/net/call_io.hpp"

#include <tug/proto/chunk.hpp>
#include <tug/proto/compression.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <utility>

namespace tug::net {

/// As call_io::write(), with a packer compressed where that pays, on a thread of `pool`. A compressed piece cannot be
/// divided: none is made larger than the credit at hand. Precondition: no other coroutine writes to the stream.
template <class Pool>
boost::asio::awaitable<proto::result<bool>> write_packed(call_io& io, Pool& pool, proto::packer* by, std::size_t stream,
                                                         proto::chunk piece) {
    while (by != nullptr && !piece.empty()) {
        const auto credit = co_await io.credit(stream);
        if (!credit) co_return credit.error();
        if (*credit == 0) co_return false;
        const bool whole = *credit >= piece.size();
        auto part = whole ? std::exchange(piece, proto::chunk()) : proto::chunk::copy_of(piece.bytes().first(*credit));
        if (!whole) piece.consume(*credit);
        if (!by->passes(part.size())) {
            const auto pack = [&] { return by->pack(std::move(part)); };
            part = co_await run_blocking(pool, pack);
        }
        const auto sent = co_await io.write(stream, std::move(part));
        if (!sent) co_return sent.error();
        if (!*sent) co_return false;
    }
    co_return co_await io.write(stream, std::move(piece));
}

} // namespace tug::net

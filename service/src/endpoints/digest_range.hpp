#pragma once

#include "tug/service/call.hpp"

#include <tug/os/range_digest.hpp>
#include <tug/proto/digest.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <limits>

namespace tug::service {

constexpr std::uint64_t to_end_of_file = std::numeric_limits<std::int64_t>::max();

/// Digests a range of an open file into `hasher`, step by step on the file threads of the call, which may end in
/// between. Says where it ended: before `to` where the file does.
[[nodiscard]] boost::asio::awaitable<proto::result<std::uint64_t>>
digest_range(call& c, int file, std::uint64_t from, std::uint64_t to, proto::hasher& hasher);

/// The digest of all of an open file.
[[nodiscard]] boost::asio::awaitable<proto::result<proto::digest>> digest_file(call& c, int file,
                                                                               proto::digest_kind kind);

} // namespace tug::service

#pragma once

#include "file_writer.hpp"
#include "session.hpp"

#include <tug/os/file_digest.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace tug::detail {

/// The local file that a get builds on, on its way to the server as the digests of its blocks.
struct local_base {
    os::file_digest blocks;
    std::uint64_t block;
};

/// Begins `file` as a copy of what stands in its place. Nothing where there is no file, or a small one: then all is
/// fetched.
[[nodiscard]] boost::asio::awaitable<proto::result<std::optional<local_base>>> begin_delta(std::shared_ptr<session> s,
                                                                                           file_writer& file);

/// Tells the server what `base` holds while `receiving` runs, and gives what came of that.
[[nodiscard]] boost::asio::awaitable<proto::result<void>>
beside_digests(std::shared_ptr<session> s, std::shared_ptr<pending> p, local_base& base,
               boost::asio::awaitable<proto::result<void>> receiving);

} // namespace tug::detail

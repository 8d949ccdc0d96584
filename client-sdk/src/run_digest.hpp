#pragma once

#include "session.hpp"

#include <tug/file_content.hpp>

#include <tug/proto/file_content_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace tug::detail {

[[nodiscard]] file_digest from_wire(proto::file_digest_result said);
[[nodiscard]] proto::file_digest_params to_wire(const digest_options& set, std::string path);

/// The digest of each block of a file, of `block` bytes (64 KiB to 16 MiB). A server that sends more of them than the
/// file has blocks is a protocol_violation.
[[nodiscard]] boost::asio::awaitable<proto::result<block_digests>>
run_block_digests(std::shared_ptr<session> s, std::string path, std::uint64_t block, digest_options how);

} // namespace tug::detail

#pragma once

#include "cli/arguments/options.hpp"
#include "cli/hosts/invocation.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/reconnect/retries.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>

namespace tug::cli {

// One file that goes over, on a new connection where the old one is lost, from where it was: also by a later `tug`.

[[nodiscard]] boost::asio::awaitable<put_result> send_file(connected_host to, const options& o, invocation& s,
                                                           std::string local, std::string remote, put_options how);

/// Likewise, and as scp does: a directory that the host has at `remote` takes the file under its own name, which
/// `remote` is then. Only the host knows, so that it is tried as a file first; what it refuses it has stored nothing
/// of.
[[nodiscard]] boost::asio::awaitable<put_result> send_file_or_into(connected_host to, const options& o, invocation& s,
                                                                   std::string local, std::string& remote,
                                                                   put_options how);

[[nodiscard]] boost::asio::awaitable<get_result> fetch_file(connected_host from, const options& o, invocation& s,
                                                            std::string remote, std::string local, get_options how);

/// A file to what cannot take a byte back: on a new connection as long as nothing was written.
[[nodiscard]] boost::asio::awaitable<get_result> fetch_stream(connected_host from, const options& o, invocation& s,
                                                              std::string remote, shared_descriptor to,
                                                              get_options how);

} // namespace tug::cli

#pragma once

#include "connection_settings.hpp"
#include "invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tug::cli {

// Connections that several `tug` share, as by ControlMaster of ssh. The first one starts another in the background,
// which logs in, keeps key and connection, and lets the others in by a Unix socket. It ends when none has been there
// for a while.

/// A client on the shared connection to that host, which is started where there is none. Nothing where there is none to
/// be had: the caller then connects by itself, and learns why. Of `time` it leaves half to the caller where a process
/// that was there before does not answer, for its connection may be an old one; where the one that it has started does
/// not answer in time, the host does not. Throws usage_error where other users could come between.
[[nodiscard]] boost::asio::awaitable<std::optional<client>> shared_client(const connection_settings& to,
                                                                          std::chrono::milliseconds time);

/// Begins the command line of the process that holds a connection.
inline constexpr std::string_view holding_word = "--hold-connection";

/// What that process does. `words`: what follows holding_word: the listening socket, the seconds, and the command line
/// of a `tug ping` to the host.
[[nodiscard]] boost::asio::awaitable<int> hold_connection(std::vector<std::string> words, invocation& s);

} // namespace tug::cli

#pragma once

#include "cli/hosts/invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <string>
#include <utility>

namespace tug::cli {

/// A connection, and to where it is made again.
struct connected_host {
    client& on;
    std::string address;

    connected_host(client& there, std::string where) : on(there), address(std::move(where)) {}
};

/// One try of a transfer. `first`: no other one came before it.
using transfer_try = std::function<boost::asio::awaitable<void>(client& on, bool first)>;

/// Runs a transfer; where its connection is lost, or the host is out of reach for a while, says so, connects again and
/// has it go on, `--retries` times at most. Throws what the last try threw.
[[nodiscard]] boost::asio::awaitable<void> with_retries(connected_host to, const options& o, invocation& s,
                                                        transfer_try transfer);

/// The same between two hosts, from the first to the second, each of which may be lost: `transfer` is given the first.
[[nodiscard]] boost::asio::awaitable<void> with_retries(connected_host from, connected_host to, const options& o,
                                                        invocation& s, transfer_try transfer);

/// To the host of the command.
[[nodiscard]] boost::asio::awaitable<void> with_retries(client& on, const options& o, invocation& s,
                                                        transfer_try transfer);

} // namespace tug::cli

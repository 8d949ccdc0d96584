#pragma once

#include "invocation.hpp"

#include <tug/client.hpp>

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace tug::cli {

/// One try of a transfer. `first`: no other one came before it.
using transfer_try = std::function<boost::asio::awaitable<void>(client& on, bool first)>;

/// Runs a transfer; where its connection is lost, or the host is out of reach for a while, says so, connects `on` again
/// and has it go on, `--retries` times at most. Throws what the last try threw.
[[nodiscard]] boost::asio::awaitable<void> with_retries(client& on, const options& o, invocation& s,
                                                        transfer_try transfer);

} // namespace tug::cli

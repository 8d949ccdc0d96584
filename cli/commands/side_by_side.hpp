#pragma once

#include <boost/asio/awaitable.hpp>

#include <functional>

namespace tug::cli {

/// Starts `worker` so many times that they hide the round trip of what each awaits and leave the connection room for
/// other calls; each takes the next piece of the caller's work until there is none. Ends when all have ended. Where one
/// throws, or the caller is cancelled, the others are cancelled, and the first error that is no consequence of that is
/// thrown. `worker` has to live until then; all run on the caller's executor, one at a time.
[[nodiscard]] boost::asio::awaitable<void> side_by_side(const std::function<boost::asio::awaitable<void>()>& worker);

} // namespace tug::cli

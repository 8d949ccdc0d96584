#pragma once

#include <tug/watch.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <optional>

namespace tug::cli {

/// What came of waiting for an event of a watch.
struct awaited_event {
    std::optional<watch_event> event; ///< Nothing: none came in time, or none will come.
    bool ended = false;               ///< What was watched is gone.
};

/// The next event, where one comes until that moment; none is lost. Throws tug::error.
[[nodiscard]] boost::asio::awaitable<awaited_event> next_event(watch& from,
                                                               std::chrono::steady_clock::time_point until);

} // namespace tug::cli

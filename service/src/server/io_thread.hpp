#pragma once

#include "tug/service/log.hpp"

#include <boost/asio/io_context.hpp>

#include <memory>
#include <thread>

namespace tug::service {

/// A thread that runs an io_context until that has nothing left to do; it takes no signals. What a handler throws, for
/// a bug, is logged and costs what it was thrown at. Want of memory ends the process by std::terminate(): requests were
/// refused before, so what has none now is a wait or an answer that others count on.
class io_thread {
public:
    /// `io` outlives it.
    void start(boost::asio::io_context& io, std::shared_ptr<const log> logger);

    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }

    void join() { thread_.join(); }

private:
    std::thread thread_;
};

} // namespace tug::service

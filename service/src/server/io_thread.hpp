#pragma once

#include "tug/service/log.hpp"

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <thread>

namespace tug::service {

/// Says what was thrown on an I/O thread; where there is no memory even for that, nothing.
void report_thrown(const log& logger, const char* what) noexcept;

/// A thread that runs an io_context until that has nothing left to do. It has a heap of its own, so that it can end its
/// connections when memory runs out, and takes no signals. What is thrown on it, for a bug or for want of memory where
/// none can be missed, is logged and costs what it was thrown at; the thread goes on.
class io_thread {
public:
    /// Blocks of the heap in reserve.
    explicit io_thread(std::size_t reserve_blocks) noexcept : reserve_blocks_(reserve_blocks) {}

    /// Returns once the thread has its heap. `io` outlives it.
    void start(boost::asio::io_context& io, std::shared_ptr<const log> logger);

    [[nodiscard]] bool joinable() const noexcept { return thread_.joinable(); }

    void join() { thread_.join(); }

private:
    void run(boost::asio::io_context& io, const log& logger) noexcept;

    const std::size_t reserve_blocks_;
    std::atomic<bool> ready_ = false;
    std::thread thread_;
};

} // namespace tug::service

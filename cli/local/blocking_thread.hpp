#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <functional>
#include <optional>

namespace tug::cli {

/// One thread for jobs that may block for good: reads of a terminal, writes to a pipe that its reader does not empty.
/// Waiting on a descriptor instead would need O_NONBLOCK, which is shared with every process that has the same terminal
/// or pipe open and would outlive tug. The thread starts with the first job.
///
/// A job cannot be interrupted, only abandoned: the wait for it ends, the thread stays. While idle() is false the
/// object must not be destroyed; the program then ends by std::_Exit().
///
/// Thread safety: none; on the executor `home`, which one thread runs.
class blocking_thread {
public:
    explicit blocking_thread(boost::asio::any_io_executor home) : home_(std::move(home)) {}

    blocking_thread(const blocking_thread&) = delete;
    blocking_thread& operator=(const blocking_thread&) = delete;

    /// Runs `job` on the thread and waits for it. What the job touches must be its own: cancellation abandons it and
    /// throws operation_aborted. A job must not throw.
    [[nodiscard]] boost::asio::awaitable<void> run(std::function<void()> job);

    /// No job runs.
    [[nodiscard]] bool idle() const noexcept { return running_ == 0; }

private:
    boost::asio::any_io_executor home_;
    std::atomic<int> running_{0};
    std::optional<boost::asio::thread_pool> thread_; // last: it is joined before the rest goes
};

} // namespace tug::cli

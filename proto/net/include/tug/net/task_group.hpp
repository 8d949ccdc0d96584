#pragma once

#include "tug/net/event.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <cstddef>
#include <list>

namespace tug::net {

/// Owns coroutines: each that is spawned here can be cancelled from here and is awaited by join(). Nothing in tug runs
/// outside of one. A task must not throw; what it throws all the same ends the program by way of io_context::run().
///
/// Thread safety: none; the group and its tasks live on one thread or strand. join() must have completed before the
/// group is destroyed, unless its executor never runs again.
class task_group {
public:
    explicit task_group(boost::asio::any_io_executor executor) : executor_(executor), changed_(executor) {}

    /// Starts `task`; it may run up to its first wait inside this call.
    void spawn(boost::asio::awaitable<void> task);

    /// Cancels every task that runs now (terminal). Each still has to end by itself.
    void cancel();

    /// Waits until no task is left, also for those spawned meanwhile. Not cancellable; nor is anything that the same
    /// coroutine, or one that awaits it, waits for afterwards.
    [[nodiscard]] boost::asio::awaitable<void> join();

    [[nodiscard]] bool empty() const noexcept { return tasks_.empty(); }

    [[nodiscard]] std::size_t size() const noexcept { return tasks_.size(); }

private:
    boost::asio::any_io_executor executor_;
    event changed_;
    std::list<boost::asio::cancellation_signal> tasks_;
};

} // namespace tug::net

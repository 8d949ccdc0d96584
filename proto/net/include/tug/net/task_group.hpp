#pragma once

#include "tug/net/condition.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/intrusive/list.hpp>

#include <cstddef>

namespace tug::net {

/// Owns coroutines: each that is spawned here can be cancelled from here and is awaited by join(). Nothing in tug runs
/// outside of one. A task must not throw; what it throws all the same comes out of io_context::run().
///
/// Thread safety: none; the group and its tasks live on one thread or strand. join() must have completed before the
/// group is destroyed, unless its executor never runs again.
class task_group {
public:
    explicit task_group(boost::asio::any_io_executor executor) : executor_(executor), changed_(executor) {}

    task_group(const task_group&) = delete;
    task_group& operator=(const task_group&) = delete;
    ~task_group();

    /// Starts `work`; it may run up to its first wait inside this call. Where it throws for want of memory, the task is
    /// none of the group.
    void spawn(boost::asio::awaitable<void> work);

    /// Cancels every task that runs now (terminal). Each still has to end by itself.
    void cancel();

    /// Waits until no task is left, also for those spawned meanwhile. Not cancellable; nor is anything that the same
    /// coroutine, or one that awaits it, waits for afterwards.
    [[nodiscard]] boost::asio::awaitable<void> join();

    [[nodiscard]] bool empty() const noexcept { return tasks_.empty(); }

    [[nodiscard]] std::size_t size() const noexcept { return tasks_.size(); }

private:
    /// Lives as long as the completion handler of its coroutine, which goes uncalled where its io_context is destroyed.
    struct task : boost::intrusive::list_base_hook<> {
        explicit task(task_group& group);
        ~task();
        task(const task&) = delete;
        task& operator=(const task&) = delete;

        task_group* owner; ///< Null where the group has gone.
        boost::asio::cancellation_signal signal;
    };

    void leave(task& t) noexcept;

    boost::asio::any_io_executor executor_;
    condition changed_;
    boost::intrusive::list<task> tasks_;
};

} // namespace tug::net

#pragma once

#include "core/delivery.hpp"
#include "host_set.hpp"
#include "nats/queue_link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <string>

namespace tug::worker {

struct worker_options {
    std::size_t parallel = 8;
    std::size_t tail = 4'096; ///< Bytes of each output in a result.
    std::chrono::milliseconds lost_after{600'000};
};

/// Takes requests from a queue and has them run: as many at once as it may. Each message is worked on by a coroutine
/// that does the steps of its delivery. Calls of NATS block, so they run on threads; a message is fetched only for a
/// place that is free, so no more than `parallel` wait there.
///
/// Thread safety: none; it lives on `home`.
class worker {
public:
    worker(boost::asio::any_io_executor home, queue_link& queue, host_set& hosts, worker_options how);

    /// Works until it is cancelled; then gives back what it has: the jobs go on, and another worker waits for them.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// Waits for calls of NATS that have begun. Precondition: the io_context runs no more.
    void join();

private:
    struct task {
        explicit task(queue_message of) : message(std::move(of)) {}

        queue_message message;
        boost::asio::cancellation_signal stop;
    };

    using task_list = std::list<task>;

    boost::asio::awaitable<void> make_queue();
    boost::asio::awaitable<void> fetch();
    boost::asio::awaitable<void> keep_alive();
    boost::asio::awaitable<void> free_place();
    boost::asio::awaitable<void> stop_all();
    void begin(queue_message message);

    boost::asio::any_io_executor home_;
    queue_link& queue_;
    host_set& hosts_;
    worker_options how_;
    boost::asio::thread_pool threads_; ///< For calls of NATS that are answered soon.
    boost::asio::thread_pool fetch_thread_{1};
    boost::asio::steady_timer place_; ///< Cancelled when a task has ended.
    task_list tasks_;
    std::chrono::milliseconds ack_wait_{0}; ///< Of the queue.
    bool stopping_ = false;
};

} // namespace tug::worker

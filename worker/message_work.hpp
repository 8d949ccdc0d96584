#pragma once

#include "core/delivery.hpp"
#include "host_set.hpp"
#include "nats/queue_link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <chrono>
#include <string>

namespace tug::worker {

/// Does the steps of one delivery: what its core asks for, with NATS and with a host.
class message_work {
public:
    struct surroundings {
        queue_link& queue;
        host_set& hosts;
        boost::asio::thread_pool& threads;
        std::size_t tail = 0;
        std::chrono::milliseconds lost_after{0};
    };

    message_work(surroundings with, queue_message& message);

    /// Until the message is answered, or left. Cancellation leaves it. Throws nats_error where NATS refuses what is to
    /// be written.
    [[nodiscard]] boost::asio::awaitable<void> run();

private:
    boost::asio::awaitable<step> next(step what);
    boost::asio::awaitable<step> on_host(step what);
    boost::asio::awaitable<step> ask_host(step what, client& on);
    boost::asio::awaitable<step> read();
    boost::asio::awaitable<step> write();
    boost::asio::awaitable<void> pause();
    boost::asio::awaitable<void> forget();
    bool answer(step what);

    template <class R>
    boost::asio::awaitable<R> with_nats(std::function<R()> work);

    surroundings with_;
    queue_message& message_;
    std::string name_; ///< Of the job, and of its record.
    delivery core_;
};

} // namespace tug::worker

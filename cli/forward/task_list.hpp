#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <list>
#include <utility>

namespace tug::cli {

/// Owns coroutines that end by themselves or when they are cancelled here. join() must have completed before it goes,
/// unless the io_context runs no more. Thread safety: none.
class task_list {
public:
    explicit task_list(boost::asio::any_io_executor executor) : executor_(executor), changed_(executor) {}

    task_list(const task_list&) = delete;
    task_list& operator=(const task_list&) = delete;

    /// What a task throws ends none of the others; it must report it.
    void spawn(boost::asio::awaitable<void> work) {
        const auto at = stops_.emplace(stops_.end());
        boost::asio::co_spawn(executor_, std::move(work),
                              boost::asio::bind_cancellation_slot(at->slot(), [this, at](std::exception_ptr) {
                                  stops_.erase(at);
                                  changed_.cancel();
                              }));
    }

    void cancel() {
        for (auto at = stops_.begin(); at != stops_.end();) (at++)->emit(boost::asio::cancellation_type::terminal);
    }

    [[nodiscard]] boost::asio::awaitable<void> join() {
        while (!stops_.empty()) {
            changed_.expires_at(std::chrono::steady_clock::time_point::max());
            co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
        }
    }

private:
    boost::asio::any_io_executor executor_;
    boost::asio::steady_timer changed_;
    std::list<boost::asio::cancellation_signal> stops_;
};

} // namespace tug::cli

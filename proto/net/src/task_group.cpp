#include "tug/net/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;

void task_group::spawn(asio::awaitable<void> task) {
    const auto self = tasks_.emplace(tasks_.end());
    asio::co_spawn(executor_, std::move(task),
                   asio::bind_cancellation_slot(self->slot(), [this, self](std::exception_ptr thrown) {
                       tasks_.erase(self);
                       if (tasks_.empty()) changed_.notify_all();
                       if (thrown) std::rethrow_exception(thrown);
                   }));
}

void task_group::cancel() {
    // A task may end, and so leave the list, while its signal is emitted.
    for (auto next = tasks_.begin(); next != tasks_.end();) {
        auto& signal = *next++;
        signal.emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<void> task_group::join() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!tasks_.empty()) co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace tug::net

#include "tug/net/task_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;

namespace {

/// A task that was cancelled while it was not waiting is ended so by Asio, at its next co_await.
bool is_end_of_cancelled(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& e) {
        return e.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

} // namespace

task_group::task::task(task_group& group) : owner(&group) {
    group.tasks_.push_back(*this);
}

task_group::task::~task() {
    if (owner) owner->leave(*this);
}

task_group::~task_group() {
    tasks_.clear_and_dispose([](task* t) { t->owner = nullptr; });
}

void task_group::leave(task& t) noexcept {
    tasks_.erase(tasks_.iterator_to(t));
    if (tasks_.empty()) changed_.notify_all();
}

void task_group::spawn(asio::awaitable<void> work) {
    auto own = std::make_unique<task>(*this);
    const auto slot = own->signal.slot();
    asio::co_spawn(executor_, std::move(work),
                   asio::bind_cancellation_slot(slot, [own = std::move(own)](std::exception_ptr thrown) mutable {
                       own.reset();
                       if (thrown && !is_end_of_cancelled(thrown)) std::rethrow_exception(thrown);
                   }));
}

void task_group::cancel() {
    // A task may end, and so leave the list, while its signal is emitted.
    for (auto next = tasks_.begin(); next != tasks_.end();) {
        auto& t = *next++;
        t.signal.emit(asio::cancellation_type::terminal);
    }
}

asio::awaitable<void> task_group::join() {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    while (!tasks_.empty()) co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
}

} // namespace tug::net

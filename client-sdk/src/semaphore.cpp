#include "semaphore.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tug::detail {

namespace asio = boost::asio;

std::optional<semaphore::permit> semaphore::try_take() {
    if (closed_ || free_ == 0 || !queue_.empty()) return std::nullopt;
    --free_;
    return permit(shared_from_this());
}

asio::awaitable<proto::result<semaphore::permit>> semaphore::take(clock::time_point deadline) {
    const auto self = shared_from_this();
    if (auto now = try_take()) co_return std::move(*now);
    waiter me(*this, deadline);
    while (!me.granted && !me.late && !closed_) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return proto::errc::cancelled;
        const auto [ec] = co_await me.told.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return proto::errc::cancelled;
    }
    if (closed_) co_return *closed_;
    if (me.late) co_return too_late();
    // The turn may have been told before the cancel: who was cancelled would begin nothing with it.
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return proto::errc::cancelled;
    me.granted = false; // now it is the permit's to give back
    co_return permit(self);
}

void semaphore::give_back() noexcept {
    if (queue_.empty()) {
        ++free_;
        return;
    }
    // Handed on directly: a later caller cannot take it first.
    auto* next = queue_.front();
    queue_.pop_front();
    next->at = queue_.end();
    next->granted = true;
    next->told.notify_all();
}

void semaphore::expire(clock::time_point now) {
    for (auto* w : queue_) {
        if (w->deadline > now) continue;
        w->late = true;
        w->told.notify_all();
    }
}

proto::failure semaphore::too_late() {
    return {proto::errc::timed_out, "the server did not read in time what was sent before"};
}

void semaphore::close(const proto::failure& why) {
    if (!closed_) closed_ = why;
    for (auto* w : queue_) w->told.notify_all();
}

} // namespace tug::detail

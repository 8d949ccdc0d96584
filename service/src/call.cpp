#include "tug/service/call.hpp"

#include <utility>

namespace tug::service {

namespace asio = boost::asio;

proto::failure failure_of(cancel_reason why) {
    switch (why) {
    case cancel_reason::timed_out: return {proto::errc::timed_out, "timeout_ms is over"};
    case cancel_reason::shutting_down: return {proto::errc::shutting_down, "the server is shutting down"};
    case cancel_reason::disconnected: return {proto::errc::cancelled, "the client is gone"};
    case cancel_reason::cancelled:
    case cancel_reason::none: break;
    }
    return {proto::errc::cancelled, "the call was cancelled"};
}

call::call(std::shared_ptr<net::link> over, proto::call_ptr c, caller who, boost::json::object params,
           thread_shares& threads)
    : who_(std::move(who)),
      threads_(threads),
      params_(std::move(params)),
      io_(std::make_shared<net::call_io>(over, std::move(c))),
      changed_(over->get_executor()) {
    over->protocol().attach(io_->call(), *this);
}

call::~call() {
    io_->over()->protocol().detach(io_->call());
    // A channel that is left has nothing to wait for.
    if (io_.use_count() > 1) io_->interrupt({proto::errc::cancelled, "the call has been answered"});
}

void call::on_stopped(std::size_t stream) {
    io_->on_stopped(stream);
    changed_.notify_all();
}

void call::cancel(cancel_reason why) {
    if (cancelled_ != cancel_reason::none) return;
    cancelled_ = why;
    // A client that is gone takes no output, however the endpoint wants to end.
    if (!by_hand_ || why == cancel_reason::disconnected) io_->interrupt(failure_of(why));
    changed_.notify_all();
}

asio::awaitable<void> call::stopped() {
    while (why_cancelled() == cancel_reason::none) co_await changed_.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> call::wait_for(std::chrono::milliseconds time) {
    asio::steady_timer timer(get_executor(), time);
    auto wait = timer.async_wait(asio::use_awaitable);
    static_cast<void>(co_await unless_stopped(std::move(wait)));
}

void call::cancel_after(std::chrono::milliseconds time) {
    clock_.emplace(get_executor(), time);
    clock_alive_ = std::make_shared<char>();
    // A timer that expired before it was cancelled completes with success, also where the call is gone by then.
    clock_->async_wait([this, alive = std::weak_ptr<void>(clock_alive_)](boost::system::error_code ec) {
        if (!ec && !alive.expired()) cancel(cancel_reason::timed_out);
    });
}

} // namespace tug::service

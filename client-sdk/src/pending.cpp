#include "pending.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace tug::detail {

namespace asio = boost::asio;

pending::pending(std::shared_ptr<net::link> over, proto::call_ptr call, semaphore::permit slot)
    : link_(std::move(over)), call_(std::move(call)), slot_(std::move(slot)), answered_(link_->get_executor()) {
    if (!call_->inbound.empty() || !call_->outbound.empty()) io_ = std::make_shared<net::call_io>(link_, call_);
}

void pending::keep() {
    self_ = shared_from_this();
    link_->protocol().attach(*call_, *this);
}

void pending::let_go() noexcept {
    link_->protocol().detach(*call_);
    slot_.reset();
    self_.reset();
}

asio::awaitable<proto::result<boost::json::value>> pending::wait() {
    while (!answer_) {
        const auto state = co_await asio::this_coro::cancellation_state;
        if (state.cancelled() != asio::cancellation_type::none) co_return proto::errc::cancelled;
        const auto [ec] = co_await answered_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec && !answer_) co_return proto::errc::cancelled; // both may have come: the answer is the truth
    }
    co_return *answer_;
}

asio::awaitable<proto::result<void>> pending::ready() {
    while (!heard_ && !answer_) {
        const auto [ec] = co_await answered_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec && !answer_) co_return proto::errc::cancelled;
    }
    if (answer_ && !answer_->has_value()) co_return answer_->error();
    co_return proto::result<void>();
}

asio::awaitable<proto::result<std::optional<std::int64_t>>> pending::started() {
    while (!call_->pid && !answer_) {
        const auto [ec] = co_await answered_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec && !answer_) co_return proto::errc::cancelled;
    }
    if (!call_->pid && !answer_->has_value()) co_return answer_->error();
    co_return call_->pid;
}

void pending::resolve(proto::result<boost::json::value> answer) {
    if (answer_) return;
    // After a result nothing more can be sent. What came in ends with its eof, not with this.
    const proto::failure after_result(proto::errc::cancelled, "the call has been answered");
    const auto why = answer.has_value() ? after_result : answer.error();
    if (answer.has_value())
        for (auto& s : call_->outbound) s.set_stopped();
    answer_ = std::move(answer);
    if (io_) io_->interrupt(why);
    answered_.notify_all();
}

} // namespace tug::detail

#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_allocator.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <utility>

namespace tug::net {

/// Lets coroutines of one thread wait until another part of the program says that something changed. It holds no state
/// of its own: look at the condition, wait, look again. Cheaper than a timer that never expires, which costs a system
/// call to arm.
///
/// Thread safety: none; all of it happens on one thread or strand.
class condition {
public:
    explicit condition(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;

    /// Waiters are resumed with operation_aborted: no notify can reach them any more.
    ~condition() {
        while (!waiters_.empty()) release(waiters_.front(), boost::asio::error::operation_aborted);
    }

    /// Completes with success at the next notify, with operation_aborted when cancelled. Signature void(error_code).
    template <class Token>
    auto async_wait(Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
            [this](auto handler) { this->enqueue(std::move(handler)); }, token);
    }

    /// Resumes all who wait now; they run later, not inside this call.
    void notify_all() {
        while (!waiters_.empty()) release(waiters_.front(), {});
    }

    /// Resumes the waiter that has waited longest. False where there is none.
    bool notify_one() {
        if (waiters_.empty()) return false;
        release(waiters_.front(), {});
        return true;
    }

    [[nodiscard]] bool has_waiters() const noexcept { return !waiters_.empty(); }

private:
    struct waiter : boost::intrusive::list_base_hook<> {
        waiter() = default;
        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;
        virtual void complete(boost::system::error_code ec) = 0; ///< Frees itself.

    protected:
        ~waiter() = default;
    };

    template <class Handler>
    struct waiter_for final : waiter {
        using allocator = typename std::allocator_traits<
            boost::asio::associated_allocator_t<Handler>>::template rebind_alloc<waiter_for>;

        waiter_for(Handler h, const boost::asio::any_io_executor& e)
            : handler(std::move(h)),
              executor(boost::asio::prefer(boost::asio::get_associated_executor(handler, e),
                                           boost::asio::execution::outstanding_work.tracked)) {}

        void complete(boost::system::error_code ec) override {
            auto slot = boost::asio::get_associated_cancellation_slot(handler);
            if (slot.is_connected()) slot.clear();
            auto h = std::move(handler);
            auto e = std::move(executor);
            allocator memory(boost::asio::get_associated_allocator(h));
            std::allocator_traits<allocator>::destroy(memory, this);
            std::allocator_traits<allocator>::deallocate(memory, this, 1);
            boost::asio::post(e, [h = std::move(h), ec]() mutable { std::move(h)(ec); });
        }

        Handler handler;
        boost::asio::any_io_executor executor;
    };

    template <class Handler>
    void enqueue(Handler handler) {
        using type = waiter_for<Handler>;
        typename type::allocator memory(boost::asio::get_associated_allocator(handler));
        auto* w = std::allocator_traits<typename type::allocator>::allocate(memory, 1);
        std::allocator_traits<typename type::allocator>::construct(memory, w, std::move(handler), executor_);
        waiters_.push_back(*w);
        auto slot = boost::asio::get_associated_cancellation_slot(w->handler);
        if (slot.is_connected())
            slot.assign(
                [this, w](boost::asio::cancellation_type) { release(*w, boost::asio::error::operation_aborted); });
    }

    void release(waiter& w, boost::system::error_code ec) {
        waiters_.erase(waiters_.iterator_to(w));
        w.complete(ec);
    }

    boost::asio::any_io_executor executor_;
    boost::intrusive::list<waiter, boost::intrusive::constant_time_size<false>> waiters_;
};

} // namespace tug::net

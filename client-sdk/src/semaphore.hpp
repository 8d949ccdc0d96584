#pragma once

#include <tug/net/condition.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <utility>

namespace tug::detail {

/// Lets no more calls run at once than the server takes; the others wait here, first come, first served.
///
/// Thread safety: none; on the executor of the client.
class semaphore : public std::enable_shared_from_this<semaphore> {
public:
    /// The right to have a call in flight; gives it back when it goes.
    class permit {
    public:
        permit() = default;

        permit(permit&& other) noexcept : of_(std::move(other.of_)) {}

        permit& operator=(permit&& other) noexcept {
            if (this != &other) {
                reset();
                of_ = std::move(other.of_);
            }
            return *this;
        }

        ~permit() { reset(); }

        void reset() noexcept {
            if (const auto of = std::exchange(of_, nullptr)) of->give_back();
        }

    private:
        friend class semaphore;

        explicit permit(std::shared_ptr<semaphore> of) noexcept : of_(std::move(of)) {}

        std::shared_ptr<semaphore> of_;
    };

    using clock = std::chrono::steady_clock;

    explicit semaphore(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void set_limit(std::uint32_t at_once) noexcept { free_ = at_once; }

    /// Nothing where one has to wait.
    [[nodiscard]] std::optional<permit> try_take();

    /// Waits for a turn. Cancellable; a cancelled waiter leaves the queue, and a turn that it was given just then goes
    /// to the next. After `deadline` expire() fails it with timed_out.
    [[nodiscard]] boost::asio::awaitable<proto::result<permit>>
    take(clock::time_point deadline = clock::time_point::max());

    /// Fails those who wait and whose deadline has come.
    void expire(clock::time_point now);

    /// What one fails with whose deadline has come.
    [[nodiscard]] static proto::failure too_late();

    /// Fails all who wait, and all to come.
    void close(const proto::failure& why);

private:
    /// One who waits. It lives in the frame of take().
    struct waiter {
        waiter(semaphore& t, clock::time_point until)
            : of(t), told(t.executor_), at(t.queue_.insert(t.queue_.end(), this)), deadline(until) {}

        waiter(const waiter&) = delete;
        waiter& operator=(const waiter&) = delete;

        ~waiter() {
            if (at != of.queue_.end()) of.queue_.erase(at);
            if (granted) of.give_back();
        }

        semaphore& of;
        net::condition told;
        std::list<waiter*>::iterator at;
        clock::time_point deadline;
        bool granted = false;
        bool late = false;
    };

    void give_back() noexcept;

    boost::asio::any_io_executor executor_;
    std::uint32_t free_ = 1;
    std::list<waiter*> queue_;
    std::optional<proto::failure> closed_;
};

} // namespace tug::detail

#pragma once

#include "tug/service/keys.hpp"

#include <tug/net/blocking_pool.hpp>
#include <tug/net/byte_channel.hpp>
#include <tug/net/call_io.hpp>
#include <tug/net/condition.hpp>
#include <tug/net/task_group.hpp>
#include <tug/net/transport.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/trace_context.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/system_error.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace tug::service {

/// What an endpoint answers: a result, or the failure in its place.
using answer = proto::result<boost::json::value>;

/// Why a call has to end before its endpoint is done.
enum class cancel_reason {
    none,          ///< It may go on.
    cancelled,     ///< The client sent rpc.cancel, or can no longer bring it to its end.
    timed_out,     ///< timeout_ms is over.
    shutting_down, ///< The server ends and the grace period is over.
    disconnected,  ///< The client is gone; no answer reaches it.
};

/// The failure that a call answers with when it ends for that reason. Precondition: not none.
[[nodiscard]] proto::failure failure_of(cancel_reason why);

/// Who calls.
struct caller {
    std::string key_id;                               ///< Empty where the server runs without keys.
    std::string peer;                                 ///< Its address, for logs.
    std::shared_ptr<const key_rules> rules = nullptr; ///< Those of its key; null where the server runs without keys.
};

/// What a connection has of the threads for work that blocks, so that what hangs for one hangs for it alone.
struct thread_shares {
    net::blocking_pool::share files;
    net::blocking_pool::share starts; ///< Of commands.

    thread_shares(net::blocking_pool& file_pool, net::blocking_pool& start_pool)
        : files(file_pool), starts(start_pool) {}
};

/// One call in flight, as its endpoint sees it. Streams are named by their index among those of their direction, in
/// the order in which the endpoint declared them.
///
/// When a call has to end early, the first reason counts: every wait on its streams fails with that reason, now and
/// later, changed() is notified, and the waits of stopped(), wait_for() and unless_stopped() end. The coroutine of the
/// endpoint itself is never cancelled: it goes on until it returns, and may wait for what its cleaning up needs.
///
/// Thread safety: none but for why_cancelled(); everything happens on the thread of the connection.
/// It is the sink of its call from its construction to its end: the table of the connection finds it.
class call final : public proto::call_sink {
public:
    call(std::shared_ptr<net::link> over, proto::call_ptr c, caller who, boost::json::object params,
         thread_shares& threads);
    ~call();
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    [[nodiscard]] boost::asio::any_io_executor get_executor() { return io_->over()->get_executor(); }

    /// The trace that the request belongs to; null where it said none.
    [[nodiscard]] const proto::trace_context* trace() const noexcept { return trace_ ? &*trace_ : nullptr; }

    void set_trace(std::optional<proto::trace_context> of) { trace_ = std::move(of); }

    /// The result will tell of a failure, as of a command that exits with 1: calls that wait for this one fail.
    void set_unsuccessful() noexcept { successful_ = false; }

    [[nodiscard]] bool successful() const noexcept { return successful_; }

    /// The params, for endpoints that did not declare a type of their own.
    [[nodiscard]] const boost::json::object& params() const noexcept { return params_; }

    [[nodiscard]] const caller& who() const noexcept { return who_; }

    /// See net::call_io.
    [[nodiscard]] auto read(std::size_t stream) { return io_->read(stream); }

    [[nodiscard]] auto credit(std::size_t stream) { return io_->credit(stream); }

    [[nodiscard]] auto write(std::size_t stream, proto::chunk piece) { return io_->write(stream, std::move(piece)); }

    void send_eof(std::size_t stream) { io_->send_eof(stream); }

    /// An inbound and an outbound stream as one stream of bytes, for what works over such: asio::async_write(), TLS,
    /// Beast. Where one is not named the channel has ended that way. It may outlive the call: its operations then fail.
    [[nodiscard]] net::byte_channel channel(std::optional<std::size_t> in, std::optional<std::size_t> out) {
        return net::byte_channel(io_, in, out);
    }

    /// For work that blocks: `co_await net::run_blocking(c.files(), work)`. The connection has at most half of the
    /// server's file threads.
    [[nodiscard]] net::blocking_pool::share& files() noexcept { return threads_.files; }

    /// The same, for starting commands.
    [[nodiscard]] net::blocking_pool::share& starts() noexcept { return threads_.starts; }

    [[nodiscard]] net::call_io& io() noexcept { return *io_; }

    /// The reason to end, none while there is none. From any thread.
    [[nodiscard]] cancel_reason why_cancelled() const noexcept { return cancelled_; }

    /// Notified when there is a reason to end, and when the client stops a stream.
    [[nodiscard]] net::condition& changed() noexcept { return changed_; }

    /// Waits until there is a reason to end.
    [[nodiscard]] boost::asio::awaitable<void> stopped();

    /// Waits that long, or until there is a reason to end: look at why_cancelled() then. (It returns no bool, because
    /// g++ 12 ruins the frame of `if (co_await c.wait_for(1s))`: a temporary beside a co_await in a condition.)
    [[nodiscard]] boost::asio::awaitable<void> wait_for(std::chrono::milliseconds time);

    /// Runs `work` to its end; where there is a reason to end before, cancels it (terminal) and waits for it all the
    /// same: for what an endpoint waits for besides its streams. Gives what `work` returned (true where that is void),
    /// and nothing (false) where it was cancelled; throws what it throws. The coroutine that awaits it cannot be
    /// cancelled from then on; none of an endpoint is, unless the endpoint does it.
    template <class T>
    [[nodiscard]] auto unless_stopped(boost::asio::awaitable<T> work)
        -> boost::asio::awaitable<std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>>;

    /// From now on a reason to end leaves the streams alone: the endpoint watches changed() and ends in its own way.
    void end_by_hand() noexcept { by_hand_ = true; }

    /// The call shall end. Only the first reason counts.
    void cancel(cancel_reason why);

    /// Ends the call with timed_out after that time.
    void cancel_after(std::chrono::milliseconds time);

    /// Keeps something until the answer is on its way: cleaning up that the client need not wait for. It is destroyed
    /// on this thread, before anything else happens on it.
    void keep_until_answered(std::shared_ptr<void> what) { kept_ = std::move(what); }

    [[nodiscard]] bool keeps() const noexcept { return kept_.use_count() > 0; } // also a deleter of nothing

    std::string recording; ///< The file that its terminal session is recorded in, for the audit; empty: none.

    /// What rpc methods like exec.signal do to this call; the endpoint sets it while it applies.
    std::function<answer(int signal)> on_signal;
    std::function<answer(std::uint16_t rows, std::uint16_t cols)> on_resize; ///< Of a call with a terminal.
    /// Of a call that listens: gives a connection that has come and waits; nothing where none of that number does.
    std::function<std::optional<net::stream_socket>(std::uint64_t number)> on_accept;

private:
    template <class T>
    struct outcome;

    template <class T>
    [[nodiscard]] boost::asio::awaitable<void> keep(boost::asio::awaitable<T> work, outcome<T>& to);

    void on_data(std::size_t stream) override { io_->on_data(stream); }

    void on_credit(std::size_t stream) override { io_->on_credit(stream); }

    void on_stopped(std::size_t stream) override;

    void on_starved() override { cancel(cancel_reason::cancelled); }

    void on_cancelled() override { cancel(cancel_reason::cancelled); }

    caller who_;
    thread_shares& threads_;
    boost::json::object params_;
    std::optional<proto::trace_context> trace_;
    std::shared_ptr<net::call_io> io_; ///< Shared with the channels of the call.
    net::condition changed_;
    std::optional<boost::asio::steady_timer> clock_;
    std::shared_ptr<void> clock_alive_; ///< What has expired may be on its way here when the call goes.
    std::shared_ptr<void> kept_;        ///< Last but for plain values: it may use all of the others.
    std::atomic<cancel_reason> cancelled_ = cancel_reason::none;
    bool by_hand_ = false;
    bool successful_ = true;
};

/// What became of the work of unless_stopped().
template <class T>
struct call::outcome {
    std::conditional_t<std::is_void_v<T>, bool, std::optional<T>> value{};
    std::exception_ptr thrown;
    bool over = false;
};

template <class T>
boost::asio::awaitable<void> call::keep(boost::asio::awaitable<T> work, outcome<T>& to) {
    try {
        if constexpr (std::is_void_v<T>) {
            co_await std::move(work);
            to.value = true;
        } else {
            to.value.emplace(co_await std::move(work));
        }
    } catch (...) {
        to.thrown = std::current_exception();
    }
    to.over = true;
    changed_.notify_all();
}

template <class T>
auto call::unless_stopped(boost::asio::awaitable<T> work)
    -> boost::asio::awaitable<std::conditional_t<std::is_void_v<T>, bool, std::optional<T>>> {
    co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation());
    outcome<T> out;
    net::task_group running(get_executor());
    running.spawn(keep(std::move(work), out));
    while (!out.over && cancelled_ == cancel_reason::none)
        co_await changed_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    const bool cancelled = !out.over;
    running.cancel();
    co_await running.join();
    if (out.thrown) {
        try {
            std::rethrow_exception(out.thrown);
        } catch (const boost::system::system_error& e) {
            // What a wait throws that was cancelled.
            if (!cancelled || e.code() != boost::asio::error::operation_aborted) throw;
        }
    }
    co_return std::move(out.value);
}

} // namespace tug::service

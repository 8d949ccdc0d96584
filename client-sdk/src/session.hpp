#pragma once

#include "pending.hpp"
#include "place_in_order.hpp"
#include "semaphore.hpp"

#include <tug/net/condition.hpp>
#include <tug/net/link.hpp>
#include <tug/proto/json_reader.hpp>
#include <tug/proto/methods.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::detail {

/// The client side of one connection: its calls, and the coroutine that reads it.
///
/// Lifetime: run() holds the session while the connection lives, clients and calls hold it too. What a call waits on
/// belongs to the session, and what waits holds the session: the circle is opened by end(), at the latest when the
/// io_context destroys the frame of run() or of watch().
///
/// Thread safety: none but where said; on its executor, which is one thread or strand.
class session final : public std::enable_shared_from_this<session>, private net::link::owner {
public:
    /// How long a server may take to end what it was told to end. Tests take less.
    struct end_timeouts {
        /// To answer a call after rpc.cancel, beyond its grace: it has 6 s where the kernel holds a process, and the
        /// way there and back.
        std::chrono::milliseconds cancelled{10'000};
        /// To close after rpc.bye and the last answer that a caller waits for.
        std::chrono::milliseconds closed{5'000};
    };

    session(net::transport stream, std::chrono::milliseconds answer_within);

    /// Starts reading. Once.
    void start();

    // --- opening ---------------------------------------------------------------------------------------------------
    /// Waits for rpc.hello.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> greeted();

    [[nodiscard]] proto::connection& protocol() noexcept { return link_->protocol(); }

    [[nodiscard]] const net::transport& stream() const noexcept { return link_->stream(); }

    /// Set before the client is handed out; then safe from any thread.
    std::vector<std::string> permissions;
    std::string server;
    bool was_draining = false; ///< When it said rpc.hello.

    /// Set before the client is handed out.
    end_timeouts timeouts;

    // --- calls -----------------------------------------------------------------------------------------------------
    // All requests wait for room in the output first, one after the other: so what waits there is bounded, although
    // this side reads whatever happens.

    /// Sends a request that is answered soon, and awaits its answer, within `answer_within`. Cancelled, it has the
    /// server end the call.
    [[nodiscard]] boost::asio::awaitable<proto::result<boost::json::value>> request(std::string method,
                                                                                    boost::json::object params);

    /// Waits for its turn, then sends a request with streams. `timeout_ms` is what the params say; the answer is
    /// awaited a little longer, and `grace` beyond that. No time limit where it is absent. `place`, if not null, must
    /// outlive the coroutine.
    [[nodiscard]] boost::asio::awaitable<proto::result<std::shared_ptr<pending>>>
    begin_call(std::string method, boost::json::object params, std::vector<proto::stream_spec> streams,
               proto::call_class lives, std::optional<std::uint64_t> timeout_ms = std::nullopt,
               std::chrono::milliseconds grace = std::chrono::milliseconds(), const place_in_order* place = nullptr);

    /// The same for params that have a type of their own.
    template <class Params>
    [[nodiscard]] boost::asio::awaitable<proto::result<std::shared_ptr<pending>>>
    begin_call(const Params& params, std::chrono::milliseconds grace = std::chrono::milliseconds(),
               const place_in_order* place = nullptr) {
        std::vector<proto::stream_spec> streams;
        if constexpr (requires { params.streams(); }) streams = params.streams();
        return begin_call(std::string(Params::method), params.to_json(), std::move(streams), proto::class_of(params),
                          params.timeout_ms, grace, place);
    }

    /// Asks the server to end the call; it is answered within its grace and timeouts.cancelled, by the server or by us.
    void cancel(pending& p);

    /// The caller wants the call no more: frees what its streams hold and has the server end it. It keeps its turn
    /// until the server has answered, or should have.
    void abandon(pending& p);

    // --- ending ----------------------------------------------------------------------------------------------------
    /// rpc.bye, then waits for the server to close. When cancelled, and after that, the connection is closed.
    [[nodiscard]] boost::asio::awaitable<void> close();

    /// Ends the connection and everything that waits on it. Idempotent.
    void end(const proto::failure& why);

    /// Waits until the connection has ended. Any number may wait; cancellation stops the wait alone.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> ended();

    /// Why. Precondition: ended() has brought success; then safe from any thread.
    [[nodiscard]] const proto::failure& why() const noexcept { return *ended_; }

    /// The client is gone.
    void release();

    /// Safe from any thread.
    [[nodiscard]] bool is_open() const noexcept { return open_.load(std::memory_order_relaxed); }

    /// Safe from any thread.
    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

    /// Starts a coroutine of a call, which holds the session until it has ended. It must not throw, and it must end by
    /// itself soon after its call is resolved.
    void spawn(boost::asio::awaitable<void> task);

private:
    class end_guard;

    void on_event(proto::event& e) override;
    void on_answer(const proto::event& e);
    [[nodiscard]] boost::asio::awaitable<void> run();
    [[nodiscard]] boost::asio::awaitable<void> watch();
    void look_at_clock(std::chrono::steady_clock::time_point now);
    void drop_late(std::chrono::steady_clock::time_point now);
    [[nodiscard]] bool awaited() const;
    [[nodiscard]] std::vector<std::shared_ptr<pending>> running() const;
    void keep_watch();
    [[nodiscard]] boost::asio::awaitable<proto::result<semaphore::permit>>
    enter(pending::clock::time_point deadline = pending::clock::time_point::max());
    [[nodiscard]] proto::result<std::shared_ptr<pending>> begin(std::string_view method,
                                                                const boost::json::object& params,
                                                                std::span<const proto::stream_spec> streams,
                                                                semaphore::permit slot, proto::call_class lives);
    [[nodiscard]] semaphore& turns(proto::call_class lives) noexcept;

    boost::asio::any_io_executor executor_;
    proto::json_reader reader_;
    std::unique_ptr<std::byte[]> scratch_;
    std::shared_ptr<net::link> link_;
    std::shared_ptr<semaphore> bulk_;      ///< Of bulk calls in flight …
    std::shared_ptr<semaphore> long_;      ///< … and of those that are long-lived.
    std::shared_ptr<semaphore> send_lock_; ///< One request at a time waits for room in the output; the others here.
    boost::asio::steady_timer timer_;      ///< Of watch().
    net::condition changed_;               ///< Greeted, or ended.
    std::chrono::milliseconds answer_within_;
    std::optional<proto::failure> ended_;
    std::atomic<bool> open_{true};
    bool watching_ = false;
    bool closing_ = false;
    std::chrono::steady_clock::time_point closing_idle_since_{};
};

/// Abandons a call that was not answered when its scope ends, for whatever reason.
class call_guard {
public:
    call_guard(std::shared_ptr<session> s, std::shared_ptr<pending> p) noexcept
        : session_(std::move(s)), pending_(std::move(p)) {}

    call_guard(const call_guard&) = delete;
    call_guard& operator=(const call_guard&) = delete;

    ~call_guard() { session_->abandon(*pending_); }

private:
    std::shared_ptr<session> session_;
    std::shared_ptr<pending> pending_;
};

/// After a cancelled wait: has the server end the call and waits for its answer, at most as long as
/// session::timeouts says. It is for coroutines of their own: their cancellation state is reset. They must not throw
/// when cancelled any more.
[[nodiscard]] boost::asio::awaitable<proto::result<boost::json::value>> cancel_and_wait(std::shared_ptr<session> s,
                                                                                        std::shared_ptr<pending> p);

} // namespace tug::detail

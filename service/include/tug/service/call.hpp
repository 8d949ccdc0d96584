#pragma once

#include "tug/service/keys.hpp"

#include <tug/net/call_io.hpp>
#include <tug/net/event.hpp>
#include <tug/proto/chunk.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::service {

/// What an endpoint answers: a result, or the failure in its place.
using answer = proto::result<boost::json::value>;

/// Why a call has to end before its endpoint is done.
enum class ending {
    none,          ///< It may go on.
    cancelled,     ///< The client sent rpc.cancel, or can no longer bring it to its end.
    timed_out,     ///< timeout_ms is over.
    shutting_down, ///< The server ends and the grace period is over.
    gone,          ///< The client is gone; nobody hears the answer.
};

/// The failure that a call answers with when it ends for that reason. Precondition: not none.
[[nodiscard]] proto::failure failure_of(ending why);

/// Who calls.
struct caller {
    std::string key_id;                               ///< Empty where the server runs without keys.
    std::string peer;                                 ///< Its address, for logs.
    std::shared_ptr<const key_rules> rules = nullptr; ///< Those of its key; null where the server runs without keys.
};

/// One call in flight, as its endpoint sees it. Streams are named by their index among those of their direction, in
/// the order in which the endpoint declared them. The first wish to end counts and interrupts the streams: every wait
/// on them, now or later, fails with that reason.
///
/// Thread safety: none but for why_ending(); everything happens on the thread of the connection.
class call {
public:
    call(std::shared_ptr<net::link> over, proto::call_ptr c, caller who, boost::json::object params);
    call(const call&) = delete;
    call& operator=(const call&) = delete;

    [[nodiscard]] boost::asio::any_io_executor get_executor() { return io_.over()->get_executor(); }

    /// The params, for endpoints that did not declare a type of their own.
    [[nodiscard]] const boost::json::object& params() const noexcept { return params_; }

    [[nodiscard]] const caller& who() const noexcept { return who_; }

    /// See net::call_io.
    [[nodiscard]] auto read(std::size_t stream) { return io_.read(stream); }

    [[nodiscard]] auto credit(std::size_t stream) { return io_.credit(stream); }

    [[nodiscard]] auto write(std::size_t stream, proto::chunk piece) { return io_.write(stream, std::move(piece)); }

    void send_eof(std::size_t stream) { io_.send_eof(stream); }

    [[nodiscard]] net::call_io& io() noexcept { return io_; }

    /// The reason to end, none while there is none. From any thread.
    [[nodiscard]] ending why_ending() const noexcept { return ending_; }

    /// Notified when there is a reason to end, and when the client stops a stream.
    [[nodiscard]] net::event& changed() noexcept { return changed_; }

    /// From now on a reason to end leaves the streams alone: the endpoint watches changed() and ends in its own way.
    void end_by_hand() noexcept { by_hand_ = true; }

    /// The call shall end. Only the first reason counts.
    void end(ending why);

    /// Ends the call with timed_out after that time.
    void end_after(std::chrono::milliseconds time);

    /// Keeps something until the answer is on its way: cleaning up that the client need not wait for. It is destroyed
    /// on this thread, before anything else happens on it.
    void keep_until_answered(std::shared_ptr<void> what) { kept_ = std::move(what); }

    [[nodiscard]] bool keeps() const noexcept { return kept_ != nullptr; }

    /// What rpc methods like exec.signal do to this call; the endpoint sets it while it applies.
    std::function<answer(int signal)> on_signal;

    /// Runs when the call is to end, after the streams were interrupted; for the server.
    std::function<void()> on_end;

private:
    caller who_;
    boost::json::object params_;
    net::call_io io_;
    net::event changed_;
    std::optional<boost::asio::steady_timer> clock_;
    std::shared_ptr<void> clock_alive_; ///< What has expired may be on its way here when the call goes.
    std::shared_ptr<void> kept_;        ///< Last but for plain values: it may use all of the others.
    std::atomic<ending> ending_ = ending::none;
    bool by_hand_ = false;
};

} // namespace tug::service

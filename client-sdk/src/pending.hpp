#pragma once

#include "turns.hpp"

#include <tug/net/call_io.hpp>
#include <tug/net/event.hpp>
#include <tug/proto/connection.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace tug::detail {

/// A call in flight: its streams and, in the end, its answer. The session keeps it until the server has answered or
/// should have, also where nobody waits any more.
class pending {
public:
    using clock = std::chrono::steady_clock;

    pending(const std::shared_ptr<net::link>& over, proto::call_ptr call, turns::permit turn);

    [[nodiscard]] proto::call& call() noexcept { return *call_; }

    /// Precondition: the call has streams.
    [[nodiscard]] net::call_io& io() noexcept { return *io_; }

    /// The answer, or the failure that took its place. Several may wait. Cancellation stops the wait alone: cancelled.
    [[nodiscard]] boost::asio::awaitable<proto::result<boost::json::value>> wait();

    [[nodiscard]] const std::optional<proto::result<boost::json::value>>& answer() const noexcept { return answer_; }

    /// The first answer counts. Every wait on the streams ends; what is here already can still be read.
    void resolve(proto::result<boost::json::value> answer);

    /// The server has answered, or will not: the next call may come.
    void end_turn() noexcept { turn_.reset(); }

    /// When the session stops waiting for the answer.
    clock::time_point deadline = clock::time_point::max();

    /// What the server gives a command between SIGTERM and SIGKILL.
    std::chrono::milliseconds grace{};

    /// The server was asked to end it.
    bool cancelled = false;

private:
    proto::call_ptr call_;
    turns::permit turn_;
    std::optional<net::call_io> io_;
    net::event answered_;
    std::optional<proto::result<boost::json::value>> answer_;
};

} // namespace tug::detail

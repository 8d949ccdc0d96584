#pragma once

#include "semaphore.hpp"

#include <tug/net/call_io.hpp>
#include <tug/net/condition.hpp>
#include <tug/proto/connection.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace tug::detail {

/// A call in flight: its streams and, in the end, its answer.
///
/// Lifetime: the table of calls of the connection finds it, as the sink of its call, from keep() to let_go(). Between
/// these it owns itself, for the server has still to answer it, or to fail to, also where no caller waits any more. The
/// session lets go of it when the server has answered, when it should have, and when the connection ends. An answer
/// that comes after that finds a call without a sink, and nothing comes of it.
class pending final : public std::enable_shared_from_this<pending>, public proto::call_sink {
public:
    using clock = std::chrono::steady_clock;

    pending(std::shared_ptr<net::link> over, proto::call_ptr call, semaphore::permit slot);

    /// Once, right after it was made.
    void keep();

    /// The server has answered, or will not: the next call may come. Idempotent; the caller shares in this meanwhile.
    void let_go() noexcept;

    [[nodiscard]] proto::call_state& call() noexcept { return *call_; }

    /// Precondition: the call has streams.
    [[nodiscard]] net::call_io& io() noexcept { return *io_; }

    /// The same, for a channel.
    [[nodiscard]] const std::shared_ptr<net::call_io>& shared_io() const noexcept { return io_; }

    /// The answer, or the failure that took its place. Several may wait. Cancellation stops the wait alone: cancelled.
    [[nodiscard]] boost::asio::awaitable<proto::result<boost::json::value>> wait();

    /// Waits until the server has said anything of the call, as it does once a tunnel stands. The failure where that is
    /// an error. Cancellation stops the wait alone.
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> ready();

    /// The pid of the command, once the server has said it; the failure that kept it from running, and nothing where
    /// it was answered without that. Cancellation stops the wait alone.
    [[nodiscard]] boost::asio::awaitable<proto::result<std::optional<std::int64_t>>> started();

    [[nodiscard]] const std::optional<proto::result<boost::json::value>>& answer() const noexcept { return answer_; }

    /// The first answer counts. Every wait on the streams ends; what is here already can still be read.
    void resolve(proto::result<boost::json::value> answer);

    /// When the session stops waiting for the answer.
    clock::time_point deadline = clock::time_point::max();

    /// What the server gives a command between SIGTERM and SIGKILL.
    std::chrono::milliseconds grace{};

    /// The server was asked to end it.
    bool cancelled = false;

private:
    void on_data(std::size_t stream) override {
        hear();
        io_->on_data(stream);
    }

    void on_credit(std::size_t stream) override {
        hear();
        io_->on_credit(stream);
    }

    void on_stopped(std::size_t stream) override {
        hear();
        io_->on_stopped(stream);
    }

    void on_started() override { answered_.notify_all(); }

    void hear() {
        if (!std::exchange(heard_, true)) answered_.notify_all();
    }

    // The end of the connection ends all that waits, and only a client cancels.
    void on_starved() override {}

    void on_cancelled() override {}

    std::shared_ptr<net::link> link_;
    proto::call_ptr call_;
    std::shared_ptr<pending> self_;
    semaphore::permit slot_;
    std::shared_ptr<net::call_io> io_; ///< Shared with the channels of the call.
    net::condition answered_;
    std::optional<proto::result<boost::json::value>> answer_;
    bool heard_ = false; ///< The server has said something of it.
};

} // namespace tug::detail

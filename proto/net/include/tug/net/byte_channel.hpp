#pragma once

#include "tug/net/condition.hpp"

#include <tug/proto/chunk.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace tug::net {

class call_io;

/// What one attempt to read or write came to: done, or something to wait for before the next attempt.
struct channel_step {
    condition* wait = nullptr; ///< Null where it is done.
    boost::system::error_code ec{};
    std::size_t bytes = 0;
};

/// Behind a byte_channel; its operations share in it, so that the channel may be moved or go while they wait.
class channel_state {
public:
    channel_state(std::shared_ptr<call_io> streams, std::optional<std::size_t> in, std::optional<std::size_t> out)
        : io_(std::move(streams)), in_(in), out_(out) {}

    [[nodiscard]] boost::asio::any_io_executor executor() const;

    /// Inbound bytes that are here; they stay valid until consume(). Precondition of `bytes` > 0: nothing to wait for.
    [[nodiscard]] channel_step look();

    [[nodiscard]] boost::asio::const_buffer front() const noexcept { return {rest_.bytes().data(), rest_.size()}; }

    void consume(std::size_t n) noexcept;

    /// How many bytes send() takes now.
    [[nodiscard]] channel_step look_for_room();

    void send(proto::chunk piece);

    void shutdown_send(std::string_view digest);
    void close();

private:
    std::shared_ptr<call_io> io_;
    std::optional<std::size_t> in_;
    std::optional<std::size_t> out_;
    proto::chunk rest_; ///< Taken from the stream, and larger than the buffers of the read that took it.
    bool closed_ = false;
};

/// A stream of bytes each way, of one call, as Asio has them (AsyncReadStream and AsyncWriteStream): what asio::read(),
/// asio::ssl::stream, Boost.Beast and the like run over. It joins one inbound and one outbound stream of the call;
/// where one of them is missing, that direction has ended from the start.
///
/// Errors: eof where the peer has ended its stream; broken_pipe where it wants no more, or after shutdown_send();
/// operation_aborted for an operation that is cancelled, after close(), and for a read whose stream this side has
/// stopped by other means; and where the call ends otherwise its reason in tug::proto::category(), e.g.
/// errc::cancelled, errc::timed_out, errc::connection_lost. Bytes that came before an end are read first.
///
/// Cancellation: each operation, by its slot, of each type; it then has moved nothing, and the stream goes on.
///
/// Flow control is that of the call: a write sends as much as credit and room in the output allow, and waits only for
/// the first byte of that. A read takes one piece off the stream, at most proto::piece_size, and keeps what the buffers
/// had no room for.
///
/// Lifetime: the channel and its operations share in the streams of the call, and those in the connection. A call that
/// is answered, or whose object goes, ends their waits: the channel keeps memory, not the call.
///
/// Thread safety: none; it lives on the executor of the connection, where each function is called. Handlers run on
/// their associated executor, that one if they have none, and never inside the function that starts the operation. One
/// read and one write at a time.
class byte_channel {
public:
    using executor_type = boost::asio::any_io_executor;
    using lowest_layer_type = byte_channel;

    byte_channel(std::shared_ptr<call_io> streams, std::optional<std::size_t> in, std::optional<std::size_t> out)
        : state_(std::make_shared<channel_state>(std::move(streams), in, out)) {}

    [[nodiscard]] executor_type get_executor() const { return state_->executor(); }

    [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }

    [[nodiscard]] const lowest_layer_type& lowest_layer() const noexcept { return *this; }

    /// Reads at least one byte, unless the buffers have no room. Signature void(error_code, std::size_t).
    template <class MutableBuffers, class Token = boost::asio::use_awaitable_t<>>
    auto async_read_some(const MutableBuffers& buffers, Token&& token = {}) {
        return start(
            [buffers](channel_state& s) {
                if (boost::asio::buffer_size(buffers) == 0) return channel_step();
                auto step = s.look();
                if (step.bytes == 0) return step;
                step.bytes = boost::asio::buffer_copy(buffers, s.front());
                s.consume(step.bytes);
                return step;
            },
            std::forward<Token>(token));
    }

    /// Sends at least one byte, unless there is none. Signature void(error_code, std::size_t).
    template <class ConstBuffers, class Token = boost::asio::use_awaitable_t<>>
    auto async_write_some(const ConstBuffers& buffers, Token&& token = {}) {
        return start(
            [buffers](channel_state& s) {
                const auto all = boost::asio::buffer_size(buffers);
                if (all == 0) return channel_step();
                auto step = s.look_for_room();
                if (step.bytes == 0) return step;
                step.bytes = std::min(step.bytes, all);
                proto::chunk piece(step.bytes);
                boost::asio::buffer_copy(boost::asio::buffer(piece.room().data(), step.bytes), buffers);
                piece.commit(step.bytes);
                s.send(std::move(piece));
                return step;
            },
            std::forward<Token>(token));
    }

    /// Nothing follows on the outbound stream; `digest` goes with that where the stream takes one. Idempotent.
    void shutdown_send(std::string_view digest = {}) { state_->shutdown_send(digest); }

    /// Stops the inbound stream and ends the outbound one; operations that wait end with operation_aborted. Idempotent.
    void close() { state_->close(); }

private:
    /// Attempts, and waits between the attempts, until one is done. All of that runs on the executor of the channel,
    /// the handler on its own.
    template <class Attempt, class Token>
    auto start(Attempt attempt, Token&& token) {
        enum class stage { starting, waiting, done };
        return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
            [s = state_, attempt = std::move(attempt), at = stage::starting,
             step = channel_step()](auto& self, boost::system::error_code ec = {}) mutable {
                if (at == stage::done) return self.complete(step.ec, step.bytes);
                const bool inside_start = at == stage::starting;
                if (inside_start) self.reset_cancellation_state(boost::asio::enable_total_cancellation());
                if (!ec) step = attempt(*s);
                if (!ec && step.wait && self.cancelled() == boost::asio::cancellation_type::none) {
                    at = stage::waiting;
                    auto& changed = *step.wait;
                    auto here = s->executor();
                    return changed.async_wait(boost::asio::bind_executor(std::move(here), std::move(self)));
                }
                if (ec || step.wait) step = {nullptr, boost::asio::error::operation_aborted, 0};
                at = stage::done;
                if (inside_start)
                    boost::asio::post(std::move(self));
                else
                    boost::asio::dispatch(std::move(self));
            },
            token, get_executor());
    }

    std::shared_ptr<channel_state> state_;
};

/// For boost::beast::websocket::stream<byte_channel>: the closing handshake is over, and nothing follows.
inline void teardown(boost::beast::role_type, byte_channel& of, boost::system::error_code& ec) {
    of.shutdown_send();
    ec = {};
}

/// What Beast does when its operation is cancelled in the middle of a message, or its time is over.
inline void beast_close_socket(byte_channel& of) {
    of.close();
}

template <class Handler>
void async_teardown(boost::beast::role_type, byte_channel& of, Handler&& handler) {
    of.shutdown_send();
    boost::asio::post(of.get_executor(),
                      [h = std::forward<Handler>(handler)]() mutable { h(boost::system::error_code()); });
}

} // namespace tug::net

#pragma once

#include <tug/detail/calls.hpp>
#include <tug/detail/initiate.hpp>
#include <tug/stream_call.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/system/error_code.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug {

/// A connection that begins or ends on the host of tugd, as a stream of bytes each way: an AsyncStream of Asio, over
/// which asio::ssl::stream, Boost.Beast and Asio's composed operations run.
///
///     auto to = co_await client.connect_through("db.internal", 5432);
///     co_await asio::async_write(to, asio::buffer(query), use_awaitable);
///
/// It is made by client::connect_through() and listener::accept(). Errors, cancellation and flow control are those of
/// byte_channel; a connection that breaks on the side of tugd ends a read with the failure in tug's category. It lives
/// on the executor of the client, and is used there alone. Destroying it resets the connection; shutdown_send() first,
/// and reading to the end, ends it in order.
class tunnel {
public:
    using executor_type = byte_channel::executor_type;
    using lowest_layer_type = tunnel;

    /// Without a connection: it can be assigned to, and nothing else.
    tunnel() = default;
    explicit tunnel(stream_call call, std::string peer = {});

    [[nodiscard]] executor_type get_executor() const { return channel_->get_executor(); }

    [[nodiscard]] lowest_layer_type& lowest_layer() noexcept { return *this; }

    [[nodiscard]] const lowest_layer_type& lowest_layer() const noexcept { return *this; }

    template <class MutableBuffers, class Token = boost::asio::use_awaitable_t<>>
    auto async_read_some(const MutableBuffers& buffers, Token&& token = {}) {
        return channel_->async_read_some(buffers, std::forward<Token>(token));
    }

    template <class ConstBuffers, class Token = boost::asio::use_awaitable_t<>>
    auto async_write_some(const ConstBuffers& buffers, Token&& token = {}) {
        return channel_->async_write_some(buffers, std::forward<Token>(token));
    }

    /// Nothing follows; what the other side still says can be read. Idempotent.
    void shutdown_send() { channel_->shutdown_send(); }

    /// Ends both ways. Idempotent.
    void close() { channel_->close(); }

    /// Of listener::accept(): where the connection came from, as tugd saw it.
    [[nodiscard]] const std::string& peer() const noexcept { return peer_; }

private:
    friend boost::asio::awaitable<void> relay(boost::asio::generic::stream_protocol::socket socket, tunnel through);

    stream_call call_;
    std::optional<byte_channel> channel_;
    std::string peer_;
};

/// Carries bytes between a connected socket and a tunnel until both ways have ended, each by itself. Where one breaks,
/// the other is reset. The socket must live on the executor of the tunnel. Never throws but for want of memory; when
/// cancelled it ends both ways at once.
[[nodiscard]] boost::asio::awaitable<void> relay(boost::asio::generic::stream_protocol::socket socket, tunnel through);

/// A place on the host of tugd that listens for this client, made by client::listen_through(). Destroying it ends that.
/// Tokens, errors and threads: as client.
class listener {
public:
    listener() = default;
    explicit listener(std::shared_ptr<detail::listener_state> state) noexcept;
    listener(listener&& other) noexcept;
    listener& operator=(listener&& other) noexcept;
    ~listener();

    /// Where it listens: HOST:PORT with the port that was chosen for 0, or unix:PATH.
    [[nodiscard]] std::string address() const;

    /// The next connection that comes. tugd keeps 64 of them for 10 s each; those that were not taken by then are
    /// closed, and skipped here. One call at a time waits. Cancellation stops the wait and nothing else.
    template <detail::token_for<tunnel> Token = detail::default_token>
    [[nodiscard]] auto accept(Token&& token = Token()) {
        return detail::initiate(detail::accept(state_), state_, std::forward<Token>(token));
    }

private:
    std::shared_ptr<detail::listener_state> state_;
};

/// For boost::beast::websocket::stream<tunnel>, as for byte_channel.
inline void teardown(boost::beast::role_type, tunnel& of, boost::system::error_code& ec) {
    of.shutdown_send();
    ec = {};
}

inline void beast_close_socket(tunnel& of) {
    of.close();
}

template <class Handler>
void async_teardown(boost::beast::role_type, tunnel& of, Handler&& handler) {
    of.shutdown_send();
    boost::asio::post(of.get_executor(),
                      [h = std::forward<Handler>(handler)]() mutable { h(boost::system::error_code()); });
}

} // namespace tug

#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace tug::net {

using stream_socket = boost::asio::generic::stream_protocol::socket;

class tls_channel;
class tls_context;

/// What a wait has read. To wait for readiness alone Asio arms the descriptor anew each time (epoll_ctl), which is a
/// twentieth of what a small call costs; after a read that left room it need not.
class first_bytes {
public:
    [[nodiscard]] boost::asio::mutable_buffer room() noexcept { return boost::asio::buffer(bytes_); }

    [[nodiscard]] static constexpr std::size_t capacity() noexcept { return std::tuple_size_v<decltype(bytes_)>; }

    /// The read into room() has ended. An end of the connection is kept for take(); the other errors are of the wait.
    [[nodiscard]] boost::system::error_code commit(boost::system::error_code ec, std::size_t size) noexcept;

    [[nodiscard]] bool empty() const noexcept { return begin_ == end_ && !failure_; }

    [[nodiscard]] bool filled() const noexcept { return end_ == capacity(); }

    /// Moves bytes into the buffers in turn, or says how the connection has ended. Precondition: !empty().
    std::size_t take(std::span<const std::span<std::byte>> buffers, boost::system::error_code& ec) noexcept;

private:
    std::array<std::byte, 256> bytes_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    boost::system::error_code failure_;
};

/// What a login is tied to on TLS: 32 bytes that only the two ends of one TLS connection know (RFC 9266).
using channel_secret = std::array<std::byte, 32>;

/// The bytes of a connection: a TCP or Unix socket, plain or with TLS on it, used without blocking. Readiness is
/// awaited and data moved in two steps, so that a connection that waits holds a small buffer at most.
///
/// Bytes may be kept in between: before waiting to read look at has_input(), and write until has_output() is false,
/// also after a read. On a plain socket has_output() is always false.
class transport {
public:
    /// Takes over a connected socket.
    explicit transport(stream_socket socket);

    /// The same, for TLS: handshake() comes before the first byte. Throws std::bad_alloc.
    transport(stream_socket socket, const tls_context& how);

    transport(transport&&) noexcept;
    transport& operator=(transport&&) noexcept;
    ~transport();

    [[nodiscard]] auto get_executor() { return socket_.get_executor(); }

    /// Precondition: !has_input(). The caller must keep the transport, where it is, until the wait has completed: it
    /// may be a read. Completes without an error where the peer has ended or broken the connection; read_some() tells
    /// that.
    template <class Token>
    auto async_wait_readable(Token&& token) {
        const auto initiate = [this](auto handler) {
            if (!expects_little_) {
                socket_.async_wait(stream_socket::wait_read, std::move(handler));
                return;
            }
            const auto keep = [this](boost::system::error_code ec, std::size_t n) {
                return boost::asio::deferred.values(first_.commit(ec, n));
            };
            socket_.async_receive(first_.room(), boost::asio::deferred(keep))(std::move(handler));
        };
        return boost::asio::async_initiate<Token, void(boost::system::error_code)>(initiate, token);
    }

    template <class Token>
    auto async_wait_writable(Token&& token) {
        return socket_.async_wait(stream_socket::wait_write, std::forward<Token>(token));
    }

    /// Reads what is there into the buffers in turn. 0 with would_block, eof or another error. On TLS eof is the
    /// close_notify of the peer; an end without it is ssl::error::stream_truncated.
    std::size_t read_some(std::span<const std::span<std::byte>> buffers, boost::system::error_code& ec);

    /// Writes as much as the socket takes now. 0 with would_block or another error. TLS joins small buffers to records
    /// of 16 KiB, and takes more than the socket does: see has_output(). Then it also takes no buffers at all.
    std::size_t write_some(std::span<const std::span<const std::byte>> buffers, boost::system::error_code& ec);

    /// A read would give something, though the socket may not become readable.
    [[nodiscard]] bool has_input() const noexcept;

    /// Bytes that were written and that the socket has not taken yet: write again, be it nothing, when it is writable.
    [[nodiscard]] bool has_output() const noexcept { return unsent() > 0; }

    [[nodiscard]] std::size_t unsent() const noexcept;

    /// Says that nothing more will be sent. False where that has to wait until the socket is writable: then call it
    /// again.
    bool shutdown_send() noexcept;

    /// The owner bears with a peer that reads nothing for `timeout`. The kernel bears with it no shorter, but gives up
    /// soon after that, and not before 30 s: since Linux 5.11 it also ends a TCP connection whose peer acknowledges all
    /// and takes nothing (TCP_USER_TIMEOUT).
    void outlast(std::chrono::milliseconds timeout) noexcept;

    /// Ends it at once; waits complete with operation_aborted.
    void close() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

    [[nodiscard]] stream_socket& socket() noexcept { return socket_; }

    [[nodiscard]] bool is_tls() const noexcept { return tls_ != nullptr; }

    /// Precondition: is_tls(), and the handshake has succeeded.
    [[nodiscard]] channel_secret tls_exporter() const;

    /// For handshake().
    [[nodiscard]] tls_channel* tls() noexcept { return tls_.get(); }

private:
    stream_socket socket_;
    std::unique_ptr<tls_channel> tls_;
    first_bytes first_;
    bool expects_little_ = true;    ///< A wait is a read into first_: what came last would have fitted there.
    bool first_was_filled_ = false; ///< So there may be more, until a read of the socket has found out.
};

} // namespace tug::net

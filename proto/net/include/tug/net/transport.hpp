#pragma once

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

/// What a login is tied to on TLS: 32 bytes that only the two ends of one TLS connection know (RFC 9266).
using channel_secret = std::array<std::byte, 32>;

/// The bytes of a connection: a TCP or Unix socket, plain or with TLS on it, used without blocking. Readiness is
/// awaited and data moved in two steps, so that a connection that waits holds no buffer.
///
/// TLS keeps bytes of its own in between: before waiting to read look at has_input(), and write until has_output() is
/// false, also after a read. On a plain socket both are always false.
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

    template <class Token>
    auto async_wait_readable(Token&& token) {
        return socket_.async_wait(stream_socket::wait_read, std::forward<Token>(token));
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
};

} // namespace tug::net

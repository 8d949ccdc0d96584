#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace tug::net {

using stream_socket = boost::asio::generic::stream_protocol::socket;

/// The bytes of a connection: a TCP or Unix socket, used without blocking. Readiness is awaited and data moved in two
/// steps, so that a connection that waits holds no buffer.
class transport {
public:
    /// Takes over a connected socket.
    explicit transport(stream_socket socket);

    [[nodiscard]] auto get_executor() { return socket_.get_executor(); }

    template <class Token>
    auto async_wait_readable(Token&& token) {
        return socket_.async_wait(stream_socket::wait_read, std::forward<Token>(token));
    }

    template <class Token>
    auto async_wait_writable(Token&& token) {
        return socket_.async_wait(stream_socket::wait_write, std::forward<Token>(token));
    }

    /// Reads what is there into the buffers in turn. 0 with would_block, eof or another error.
    std::size_t read_some(std::span<const std::span<std::byte>> buffers, boost::system::error_code& ec);

    /// Writes as much as the socket takes now. 0 with would_block or another error.
    std::size_t write_some(std::span<const std::span<const std::byte>> buffers, boost::system::error_code& ec);

    /// Says that nothing more will be sent.
    void shutdown_send() noexcept;

    /// Ends it at once; waits complete with operation_aborted.
    void close() noexcept;

    [[nodiscard]] bool is_open() const noexcept { return socket_.is_open(); }

    [[nodiscard]] stream_socket& socket() noexcept { return socket_; }

private:
    stream_socket socket_;
};

} // namespace tug::net

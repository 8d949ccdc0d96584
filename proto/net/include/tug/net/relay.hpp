#pragma once

#include "tug/net/call_io.hpp"
#include "tug/net/task_group.hpp"
#include "tug/net/transport.hpp"

#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>

namespace tug::net {

/// Carries bytes between a socket and two streams of a call: a tunnel, for either side of it. Each way ends by itself:
/// the eof of the stream becomes the end of what the socket is sent, and the other way round; who wants no more of one
/// way stops that way alone. Where one way breaks, both do, and the peer of the socket sees a reset.
///
/// Credit decides how much is taken from the socket, so who does not read stops its peer and nothing else. There is no
/// time limit; TCP keepalive finds a peer that has gone without a word.
///
/// Thread safety: none; on the executor of the call, which must be that of the socket. The caller must keep the streams
/// until run() has ended.
class relay {
public:
    /// `in` and `out` are indices of an inbound and an outbound stream of the call.
    relay(call_io& streams, std::size_t in, std::size_t out, stream_socket socket);

    /// Returns when both ways have ended: with what broke them, if that is so. Once. Not cancellable: see reset().
    [[nodiscard]] boost::asio::awaitable<proto::result<void>> run();

    /// Nothing more is taken from the socket: its bytes have no place to go any more. What is on its way to it still
    /// gets there.
    void stop_outbound();

    /// Ends both ways at once; the peer of the socket sees a reset.
    void reset();

private:
    [[nodiscard]] boost::asio::awaitable<void> carry_in();
    [[nodiscard]] boost::asio::awaitable<void> carry_out();
    [[nodiscard]] boost::asio::awaitable<void> carry_out_to_its_end();
    [[nodiscard]] boost::asio::awaitable<void> watch_for_stop();
    [[nodiscard]] boost::asio::awaitable<boost::system::error_code> write_all(proto::chunk piece);
    [[nodiscard]] std::optional<proto::chunk> receive(std::size_t most, boost::system::error_code& ec);
    [[nodiscard]] boost::asio::awaitable<proto::result<proto::chunk>> next_piece();
    [[nodiscard]] boost::asio::awaitable<proto::result<std::size_t>> next_credit();
    void wake();
    void on_write_error(const boost::system::error_code& ec);
    void fail(proto::failure why);

    call_io& io_;
    std::size_t in_;
    std::size_t out_;
    stream_socket socket_;
    task_group ways_;
    std::size_t read_size_;
    std::optional<proto::failure> failure_;
    bool outbound_stopped_ = false;
    bool closed_ = false;
    bool outbound_ended_ = false;
};

/// A socket of Asio for a connected descriptor, which it takes over; keepalive is on where it is TCP.
[[nodiscard]] stream_socket tunnel_socket(boost::asio::any_io_executor executor, int family, int descriptor);

/// The same for a socket that is one already.
void prepare_tunnel_socket(stream_socket& socket);

} // namespace tug::net

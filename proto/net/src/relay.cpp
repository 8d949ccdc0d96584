#include "tug/net/relay.hpp"

#include "tcp_options.hpp"

#include "tug/net/tokens.hpp"

#include <tug/os/errno.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace tug::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A first read asks for so little, because most of what goes through a tunnel is little: the memory of a piece is not
/// held for a line. A read that gets all that it asked for makes the next one ask for more.
constexpr std::size_t first_read = 16 * 1024;

proto::failure broken(const error_code& ec) {
    proto::failure why(proto::errc::io_error, "the connection of the tunnel broke: " + ec.message());
    why.os_error = os::errno_name(ec.value());
    return why;
}

} // namespace

relay::relay(call_io& streams, std::size_t in, std::size_t out, stream_socket socket)
    : io_(streams),
      in_(in),
      out_(out),
      socket_(std::move(socket)),
      ways_(socket_.get_executor()),
      read_size_(first_read) {}

asio::awaitable<proto::result<void>> relay::run() {
    ways_.spawn(carry_in());
    ways_.spawn(carry_out_to_its_end());
    ways_.spawn(watch_for_stop());
    co_await ways_.join();
    error_code ignored;
    socket_.close(ignored);
    if (failure_) co_return *failure_;
    co_return proto::result<void>();
}

// --- from the stream to the socket -----------------------------------------------------------------------------------

asio::awaitable<void> relay::carry_in() {
    for (;;) {
        auto piece = co_await next_piece();
        if (closed_) co_return;
        if (!piece) co_return fail(piece.error());
        if (piece->empty()) break;
        const auto ec = co_await write_all(std::move(*piece));
        if (ec) co_return on_write_error(ec);
    }
    error_code ignored;
    socket_.shutdown(stream_socket::shutdown_send, ignored);
}

// Waits are ended by a notification and never by a cancellation: Asio 1.81 forwards that of a coroutine by a pointer
// into it, which is gone where the coroutine has ended meanwhile, because its socket was closed.

asio::awaitable<proto::result<proto::chunk>> relay::next_piece() {
    for (;;) {
        if (closed_) co_return proto::errc::cancelled;
        if (auto now = io_.try_read(in_)) co_return std::move(*now);
        co_await io_.readable(in_).async_wait(as_tuple);
    }
}

asio::awaitable<proto::result<std::size_t>> relay::next_credit() {
    for (;;) {
        if (closed_ || outbound_stopped_) co_return proto::errc::cancelled;
        if (auto now = io_.try_credit(out_)) co_return std::move(*now);
        co_await io_.writable(out_).async_wait(as_tuple);
    }
}

asio::awaitable<error_code> relay::write_all(proto::chunk piece) {
    while (!piece.empty()) {
        if (closed_) co_return asio::error::operation_aborted;
        const auto bytes = piece.bytes();
        const auto n = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0) {
            piece.consume(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            const auto [ec] = co_await socket_.async_wait(stream_socket::wait_write, as_tuple);
            if (ec) co_return ec;
        } else if (errno != EINTR) {
            co_return error_code(errno, boost::system::system_category());
        }
    }
    co_return error_code();
}

/// A peer that reads no more may still have something to say.
void relay::on_write_error(const error_code& ec) {
    if (closed_) return;
    if (ec != asio::error::broken_pipe) return fail(broken(ec));
    io_.stop(in_);
}

// --- from the socket to the stream -----------------------------------------------------------------------------------

asio::awaitable<void> relay::carry_out_to_its_end() {
    co_await carry_out();
    outbound_ended_ = true;
    wake();
}

/// Who waits to read from the socket does not hear that the other side wants no more of it.
asio::awaitable<void> relay::watch_for_stop() {
    while (!closed_ && !outbound_ended_ && !io_.call().outbound[out_].stopped())
        co_await io_.writable(out_).async_wait(as_tuple);
    if (!outbound_ended_) stop_outbound();
}

asio::awaitable<void> relay::carry_out() {
    while (!outbound_stopped_) {
        const auto credit = co_await next_credit();
        if (closed_ || outbound_stopped_) co_return;
        if (!credit) co_return fail(credit.error());
        if (*credit == 0) break; // the other side wants no more
        error_code ec;
        auto piece = receive(*credit, ec);
        if (!piece) {
            if (ec) co_return fail(broken(ec));
            const auto [waited] = co_await socket_.async_wait(stream_socket::wait_read, as_tuple);
            if (closed_ || outbound_stopped_) co_return;
            if (waited) co_return fail(broken(waited));
            continue;
        }
        if (piece->empty()) co_return io_.send_eof(out_);
        while (!io_.over()->has_room() && !closed_ && !io_.interrupted())
            co_await io_.over()->room().async_wait(as_tuple);
        if (closed_ || outbound_stopped_) co_return;
        if (io_.interrupted()) co_return fail(*io_.interrupted());
        if (io_.sendable(out_) < piece->size()) break; // stopped meanwhile: credit does not shrink
        io_.send(out_, std::move(*piece));
    }
    error_code ignored;
    socket_.shutdown(stream_socket::shutdown_receive, ignored);
}

/// What is there; empty at the end, nothing where one has to wait or something is wrong.
std::optional<proto::chunk> relay::receive(std::size_t most, error_code& ec) {
    const auto size = std::min(most, read_size_);
    proto::chunk piece(size);
    for (;;) {
        const auto n = ::recv(socket_.native_handle(), piece.room().data(), size, MSG_DONTWAIT);
        if (n >= 0) {
            piece.commit(static_cast<std::size_t>(n));
            if (piece.size() == read_size_)
                read_size_ = std::min(2 * read_size_, proto::piece_size);
            else if (piece.size() < read_size_ / 4)
                read_size_ = std::max(read_size_ / 2, first_read);
            return piece;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN && errno != EWOULDBLOCK) ec = {errno, boost::system::system_category()};
        return std::nullopt;
    }
}

void relay::stop_outbound() {
    if (std::exchange(outbound_stopped_, true) || closed_) return;
    error_code ignored;
    socket_.shutdown(stream_socket::shutdown_receive, ignored); // who waits to read is woken by it
    wake();
}

// --- the end ---------------------------------------------------------------------------------------------------------

void relay::fail(proto::failure why) {
    if (!failure_) failure_ = std::move(why);
    reset();
}

void relay::wake() {
    io_.readable(in_).notify_all();
    io_.writable(out_).notify_all();
    io_.over()->room().notify_all();
}

void relay::reset() {
    if (std::exchange(closed_, true)) return;
    const linger at_once{1, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    error_code ignored;
    socket_.close(ignored);
    wake();
}

void prepare_tunnel_socket(stream_socket& socket) {
    error_code ignored;
    socket.non_blocking(true, ignored);
    const int fd = socket.native_handle();
    const int domain = socket.local_endpoint(ignored).protocol().family();
    if (domain != AF_INET && domain != AF_INET6) return;
    // No TCP_USER_TIMEOUT: since Linux 5.11 it also ends a peer that does not read, which a tunnel waits for.
    set_tcp_options(fd);
}

stream_socket tunnel_socket(asio::any_io_executor executor, int family, int descriptor) {
    // A protocol of 0 is right for TCP and for Unix sockets alike.
    stream_socket out(executor, asio::generic::stream_protocol(family, 0), descriptor);
    prepare_tunnel_socket(out);
    return out;
}

} // namespace tug::net

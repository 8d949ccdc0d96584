#include "tug/net/transport.hpp"

#include "tcp_options.hpp"
#include "tls_channel.hpp"

#include <boost/asio/error.hpp>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <limits>

namespace tug::net {

namespace {

constexpr std::size_t max_buffers = 64;

boost::system::error_code last_error() noexcept {
    if (errno == EAGAIN || errno == EWOULDBLOCK) return boost::asio::error::would_block;
    return {errno, boost::system::system_category()};
}

template <class Byte>
std::size_t fill(std::array<iovec, max_buffers>& out, std::span<const std::span<Byte>> buffers) noexcept {
    std::size_t n = 0;
    for (const auto& b : buffers.first(std::min(buffers.size(), max_buffers)))
        if (!b.empty()) out[n++] = {const_cast<void*>(static_cast<const void*>(b.data())), b.size()};
    return n;
}

using std::chrono::milliseconds;

/// After how long a network that went away without a word is found, also while nothing is being sent.
constexpr milliseconds dead_after{30'000};

/// How much sooner the owner of a connection is to give up on a peer than the kernel: it knows what to say of it.
constexpr milliseconds head_start{1'000};

void find_the_dead(int fd) noexcept {
    set_tcp_options(fd);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(dead_after.count()));
}

} // namespace

boost::system::error_code first_bytes::commit(boost::system::error_code ec, std::size_t size) noexcept {
    begin_ = 0;
    end_ = size;
    if (!ec || ec == boost::asio::error::operation_aborted) return ec;
    failure_ = ec;
    return {};
}

std::size_t first_bytes::take(std::span<const std::span<std::byte>> buffers, boost::system::error_code& ec) noexcept {
    ec = std::exchange(failure_, {});
    const auto from = begin_;
    for (const auto& to : buffers) {
        const auto n = std::min(to.size(), end_ - begin_);
        std::copy_n(bytes_.begin() + begin_, n, to.begin());
        begin_ += n;
    }
    return begin_ - from;
}

transport::transport(stream_socket socket) : socket_(std::move(socket)) {
    boost::system::error_code ignored;
    socket_.non_blocking(true, ignored);
    const int domain = socket_.local_endpoint(ignored).protocol().family();
    if (domain == AF_INET || domain == AF_INET6) find_the_dead(socket_.native_handle());
}

transport::transport(stream_socket socket, const tls_context& how) : transport(std::move(socket)) {
    tls_ = std::make_unique<tls_channel>(how);
    expects_little_ = false; // bytes of the socket are those of TLS
}

transport::transport(transport&&) noexcept = default;
transport& transport::operator=(transport&&) noexcept = default;
transport::~transport() = default;

std::size_t transport::read_some(std::span<const std::span<std::byte>> buffers, boost::system::error_code& ec) {
    if (tls_) return tls_->read(socket_.native_handle(), buffers, ec);
    if (!first_.empty()) {
        first_was_filled_ = first_.filled();
        return first_.take(buffers, ec);
    }
    const bool more = std::exchange(first_was_filled_, false);
    std::array<iovec, max_buffers> parts;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = fill(parts, buffers);
    const bool one = message.msg_iovlen == 1; // the kernel has less to copy and to check then
    for (;;) {
        const auto n = one ? ::recv(socket_.native_handle(), parts[0].iov_base, parts[0].iov_len, MSG_DONTWAIT)
                           : ::recvmsg(socket_.native_handle(), &message, MSG_DONTWAIT);
        if (n > 0) {
            expects_little_ = !more && static_cast<std::size_t>(n) < first_bytes::capacity();
            return ec = {}, static_cast<std::size_t>(n);
        }
        if (n == 0) return ec = boost::asio::error::eof, 0;
        if (errno != EINTR) return ec = last_error(), 0;
    }
}

std::size_t transport::write_some(std::span<const std::span<const std::byte>> buffers, boost::system::error_code& ec) {
    if (tls_) return tls_->write(socket_.native_handle(), buffers, ec);
    std::array<iovec, max_buffers> parts;
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = fill(parts, buffers);
    constexpr int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    const bool one = message.msg_iovlen == 1;
    for (;;) {
        const auto n = one ? ::send(socket_.native_handle(), parts[0].iov_base, parts[0].iov_len, flags)
                           : ::sendmsg(socket_.native_handle(), &message, flags);
        if (n >= 0) return ec = {}, static_cast<std::size_t>(n);
        if (errno != EINTR) return ec = last_error(), 0;
    }
}

bool transport::has_input() const noexcept {
    return tls_ ? tls_->has_input() : !first_.empty() || first_was_filled_;
}

std::size_t transport::unsent() const noexcept {
    return tls_ ? tls_->unsent() : 0;
}

bool transport::shutdown_send() noexcept {
    if (tls_) {
        tls_->end();
        if (tls_->flush(socket_.native_handle()) == boost::asio::error::would_block) return false;
    }
    boost::system::error_code ignored;
    socket_.shutdown(stream_socket::shutdown_send, ignored);
    return true;
}

channel_secret transport::tls_exporter() const {
    return tls_->exporter();
}

void transport::outlast(milliseconds timeout) noexcept {
    constexpr milliseconds most(std::numeric_limits<int>::max());
    const auto time = std::max(dead_after, std::min(timeout, most - head_start) + head_start);
    // On a Unix socket it fails, and nothing is lost.
    set_option(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(time.count()));
}

void transport::close() noexcept {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

} // namespace tug::net

#include "tls_channel.hpp"

#include "record_pieces.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <new>
#include <stdexcept>
#include <string_view>

namespace tug::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t record_size = SSL3_RT_MAX_PLAIN_LENGTH;

/// Taken from the socket in one read, and at most one record or buffer of OpenSSL more. As much as a read of a plain
/// socket takes: with 64 KiB each of them cost an epoll_wait and an epoll_ctl, and the sender found the socket full.
constexpr std::size_t receive_most = 16 * record_size;

/// Taken from the caller in one write: so much goes out by one system call.
constexpr std::size_t write_most = 16 * record_size;

/// Of a record beside its bytes; and the smallest record that a peer may ask for (max_fragment_length).
constexpr std::size_t record_overhead = 32;
constexpr std::size_t smallest_record = 512;

/// What a write makes at most. It begins only when no records wait for the socket.
constexpr std::size_t out_most = write_most + write_most / smallest_record * record_overhead;

/// What OpenSSL says by itself while nothing of it is taken: the handshake, and answers to key updates, which it gives
/// while it reads. A peer that wants more and reads none is cut; it may be one that has not logged in.
constexpr std::size_t answers_most = 72 * 1024;

/// The memory of out_ while nothing waits, one for each thread: a write has it before it begins to encrypt.
thread_local std::vector<std::byte> spare; // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// The type of a TLS record: change_cipher_spec, alert, handshake, application_data.
bool begins_as_tls(char first) noexcept {
    return first >= 20 && first <= 23;
}

} // namespace

tls_channel::tls_channel(const tls_context& how) : ssl_(SSL_new(how.native_handle())), server_name_(how.server_name()) {
    auto* bio = ssl_ ? BIO_new(method()) : nullptr;
    if (!bio) throw std::bad_alloc();
    BIO_set_data(bio, this);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio); // takes the one reference for both
    if (how.is_server()) {
        SSL_set_accept_state(ssl_.get());
    } else {
        SSL_set_connect_state(ssl_.get());
        announce_name();
    }
}

/// Tells the server which name is wanted; numeric addresses are none there (RFC 6066).
void tls_channel::announce_name() {
    error_code not_numeric;
    static_cast<void>(asio::ip::make_address(server_name_, not_numeric));
    if (!not_numeric) return;
    // What SSL_set_tlsext_host_name() is a macro for.
    if (SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, server_name_.data()) != 1)
        throw std::bad_alloc();
}

// --- the BIO ---------------------------------------------------------------------------------------------------------

BIO_METHOD* tls_channel::method() {
    static BIO_METHOD* const ours = [] {
        auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tug");
        if (!m) throw std::bad_alloc();
        BIO_meth_set_read(m, bio_read);
        BIO_meth_set_write(m, bio_write);
        BIO_meth_set_ctrl(m, bio_control);
        return m;
    }();
    return ours;
}

int tls_channel::bio_read(BIO* bio, char* to, int size) {
    BIO_clear_retry_flags(bio);
    const int n = static_cast<tls_channel*>(BIO_get_data(bio))->receive(to, size);
    if (n < 0) BIO_set_retry_read(bio);
    return n;
}

int tls_channel::bio_write(BIO* bio, const char* from, int size) {
    BIO_clear_retry_flags(bio);
    return static_cast<tls_channel*>(BIO_get_data(bio))->keep(from, size) ? size : -1;
}

long tls_channel::bio_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return static_cast<tls_channel*>(BIO_get_data(bio))->input_ended_ ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0; // flush() sees to it
}

/// The bytes that came; 0 at the end of them and after an error, -1 where there are none now.
int tls_channel::receive(char* to, int size) noexcept {
    const auto most = static_cast<std::size_t>(size);
    if (may_receive_ == 0) return -1;
    for (;;) {
        const auto n = ::recv(fd_, to, most, MSG_DONTWAIT);
        if (n > 0) {
            // Less than was asked for: there is no more. OpenSSL asks for the rest of a record, then for what follows.
            const auto got = static_cast<std::size_t>(n);
            may_receive_ = got < most ? 0 : may_receive_ - std::min(may_receive_, got);
            if (!heard_) heard_no_tls_ = !begins_as_tls(*to);
            heard_ = true;
            return static_cast<int>(n);
        }
        if (n < 0 && errno == EINTR) continue;
        may_receive_ = 0;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return -1;
        if (n < 0) socket_error_.assign(errno, boost::system::system_category());
        input_ended_ = true;
        return 0;
    }
}

bool tls_channel::keep(const char* from, int size) noexcept {
    const auto bytes = std::as_bytes(std::span(from, static_cast<std::size_t>(size)));
    if (writing_ ? unsent() + bytes.size() > out_most + answers_ : answers_ + bytes.size() > answers_most) return false;
    try {
        out_.insert(out_.end(), bytes.begin(), bytes.end());
    } catch (const std::bad_alloc&) {
        return false;
    }
    if (!writing_) answers_ += bytes.size();
    return true;
}

void tls_channel::begin(int fd, bool may_receive) noexcept {
    fd_ = fd;
    writing_ = false;
    may_receive_ = may_receive ? receive_most : 0;
    input_ended_ = false;
    socket_error_ = {};
    // What others left in the queue of this thread would be taken for ours.
    ERR_clear_error();
}

error_code tls_channel::error_after(int ssl_error) const {
    if (ssl_error == SSL_ERROR_ZERO_RETURN) return asio::error::eof;
    if (socket_error_) return socket_error_;
    if (input_ended_) return asio::ssl::error::stream_truncated;
    if (const auto e = ERR_peek_error(); e != 0) return {static_cast<int>(e), asio::error::get_ssl_category()};
    return asio::error::no_buffer_space; // out_ is full, or there is no memory for it
}

// --- the handshake ---------------------------------------------------------------------------------------------------

tls_channel::step tls_channel::handshake(int fd) {
    begin(fd, true);
    const int done = SSL_do_handshake(ssl_.get());
    if (done != 1) {
        const int e = SSL_get_error(ssl_.get(), done);
        if (e != SSL_ERROR_WANT_READ) broken_ = error_after(e);
    }
    // Also where it has failed: the alert says why.
    const auto sent = flush(fd);
    if (broken_) return step::failed;
    if (sent == asio::error::would_block) return step::wait_to_write;
    if (sent) {
        broken_ = sent;
        return step::failed;
    }
    if (done != 1) return step::wait_to_read;
    has_input_ = SSL_has_pending(ssl_.get()) == 1;
    return step::done;
}

proto::failure tls_channel::why_failed() const {
    const bool server = SSL_is_server(ssl_.get()) == 1;
    const std::string_view peer = server ? "the client" : "the server";
    if (heard_no_tls_)
        return {server ? proto::errc::tls_failed : proto::errc::tls_not_offered, std::string(peer) + " speaks no TLS"};
    const auto error = broken_.value_or(error_code());
    if (error == asio::ssl::error::stream_truncated)
        return {proto::errc::connection_lost, std::string(peer) + " closed the connection during the TLS handshake"};
    if (error.category() == boost::system::system_category()) return {proto::errc::connection_lost, error.message()};
    const auto verified = SSL_get_verify_result(ssl_.get());
    if (verified == X509_V_OK) return {proto::errc::tls_failed, error.message()};
    std::string text = "the certificate of " + std::string(peer) + ": " + X509_verify_cert_error_string(verified);
    if (!server) text += "; it was to be for " + server_name_;
    return {server ? proto::errc::tls_failed : proto::errc::tls_untrusted, std::move(text)};
}

channel_secret tls_channel::exporter() const {
    static constexpr std::string_view label = "EXPORTER-Channel-Binding";
    channel_secret out{};
    if (SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(out.data()), out.size(), label.data(),
                                   label.size(), nullptr, 0, 0) != 1)
        throw std::runtime_error("TLS has no exporter before its handshake");
    return out;
}

// --- data ------------------------------------------------------------------------------------------------------------

std::size_t tls_channel::read(int fd, std::span<const std::span<std::byte>> buffers, error_code& ec) {
    ec = {};
    if (const auto& end = broken_ ? broken_ : read_end_) return has_input_ = false, ec = *end, 0;
    // What OpenSSL has already comes first, so that this cannot go on for as long as the peer sends.
    begin(fd, !has_input_);
    std::size_t total = 0;
    for (auto left : buffers) {
        while (!left.empty()) {
            std::size_t n = 0;
            ERR_clear_error();
            if (SSL_read_ex(ssl_.get(), left.data(), left.size(), &n) == 1) {
                total += n;
                left = left.subspan(n);
                continue;
            }
            const int e = SSL_get_error(ssl_.get(), 0);
            has_input_ = e != SSL_ERROR_WANT_READ && total > 0;
            if (e == SSL_ERROR_WANT_READ) {
                if (total == 0) ec = asio::error::would_block;
                return total;
            }
            auto& end = e == SSL_ERROR_ZERO_RETURN ? read_end_ : broken_;
            end = error_after(e);
            if (total == 0) ec = *end;
            return total;
        }
    }
    has_input_ = SSL_has_pending(ssl_.get()) == 1;
    return total;
}

std::size_t tls_channel::write(int fd, std::span<const std::span<const std::byte>> buffers, error_code& ec) {
    ec = flush(fd);
    if (!ec && broken_) ec = *broken_;
    if (ec) return 0;
    begin(fd, false);
    writing_ = true;
    if (out_.capacity() == 0) out_.swap(spare);
    std::array<std::byte, record_size> staging; // NOLINT(cppcoreguidelines-pro-type-member-init): filled before use
    record_pieces from(buffers, staging);
    std::size_t total = 0;
    while (total < write_most) {
        const auto piece = from.next(std::min(record_size, write_most - total));
        if (piece.empty()) break;
        std::size_t n = 0;
        if (const int done = SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &n); done != 1) {
            broken_ = ec = error_after(SSL_get_error(ssl_.get(), done));
            return 0;
        }
        total += n;
    }
    if (const auto sent = flush(fd); sent && sent != asio::error::would_block) return ec = sent, 0;
    return total;
}

error_code tls_channel::flush(int fd) {
    while (sent_ < out_.size()) {
        const auto n = ::send(fd, out_.data() + sent_, out_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0) {
            sent_ += static_cast<std::size_t>(n);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return asio::error::would_block;
        } else if (errno != EINTR) {
            return {errno, boost::system::system_category()};
        }
    }
    sent_ = 0;
    answers_ = 0;
    out_.clear();
    if (spare.capacity() < out_.capacity()) spare.swap(out_);
    std::vector<std::byte>().swap(out_);
    return {};
}

void tls_channel::end() {
    if (std::exchange(ended_, true) || broken_ || SSL_is_init_finished(ssl_.get()) != 1) return;
    begin(-1, false);
    SSL_shutdown(ssl_.get());
}

} // namespace tug::net

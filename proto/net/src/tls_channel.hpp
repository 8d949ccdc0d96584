#pragma once

#include "tug/net/tls.hpp"
#include "tug/net/transport.hpp"

#include <openssl/ssl.h>

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tug::net {

/// TLS between the bytes of the protocol and those of a socket, without waiting. OpenSSL reads from the socket through
/// a BIO of ours, and writes into memory that is then sent at once: several records in one system call, never SIGPIPE,
/// and no write that OpenSSL wants to have repeated. The socket stays with the transport; its descriptor comes with
/// each call.
class tls_channel {
public:
    enum class step { done, wait_to_read, wait_to_write, failed };

    /// Throws std::bad_alloc.
    explicit tls_channel(const tls_context& how);
    tls_channel(const tls_channel&) = delete;
    tls_channel& operator=(const tls_channel&) = delete;

    /// Goes on with the handshake as far as it gets.
    [[nodiscard]] step handshake(int fd);

    /// What made the handshake fail.
    [[nodiscard]] proto::failure why_failed() const;

    /// As those of the transport.
    std::size_t read(int fd, std::span<const std::span<std::byte>> buffers, boost::system::error_code& ec);
    std::size_t write(int fd, std::span<const std::span<const std::byte>> buffers, boost::system::error_code& ec);

    /// Sends what waits; would_block where the socket does not take all of it.
    [[nodiscard]] boost::system::error_code flush(int fd);

    /// Adds the close_notify, once, where there is a connection to be closed.
    void end();

    [[nodiscard]] bool has_input() const noexcept { return has_input_; }

    [[nodiscard]] std::size_t unsent() const noexcept { return out_.size() - sent_; }

    [[nodiscard]] channel_secret exporter() const;

private:
    struct free_ssl {
        void operator()(SSL* s) const noexcept { SSL_free(s); }
    };

    void announce_name();
    [[nodiscard]] static BIO_METHOD* method();
    static int bio_read(BIO* bio, char* to, int size);
    static int bio_write(BIO* bio, const char* from, int size);
    static long bio_control(BIO* bio, int command, long, void*);

    [[nodiscard]] int receive(char* to, int size) noexcept;
    [[nodiscard]] bool keep(const char* from, int size) noexcept;
    void begin(int fd, bool may_receive) noexcept;
    [[nodiscard]] boost::system::error_code error_after(int ssl_error) const;

    std::unique_ptr<SSL, free_ssl> ssl_;
    std::string server_name_;
    std::vector<std::byte> out_;  ///< Records on their way; memory is held only while there are any.
    std::size_t sent_ = 0;        ///< Of out_.
    std::size_t answers_ = 0;     ///< In out_, what OpenSSL said by itself.
    bool writing_ = false;        ///< During a write.
    int fd_ = -1;                 ///< During a call.
    std::size_t may_receive_ = 0; ///< Bytes left to a call: who has much to say does not keep others waiting.
    bool has_input_ = false;
    bool heard_ = false;                                ///< Something came from the other side …
    bool heard_no_tls_ = false;                         ///< … and it did not begin as TLS does.
    bool input_ended_ = false;                          ///< The socket, during a call.
    bool ended_ = false;                                ///< end() was called.
    boost::system::error_code socket_error_;            ///< Likewise.
    std::optional<boost::system::error_code> read_end_; ///< What every further read gets.
    std::optional<boost::system::error_code> broken_;   ///< What every further read and write gets.
};

} // namespace tug::net

#include "support/tls_peer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>

namespace tug::test {

namespace {

[[noreturn]] void fail(const char* what) {
    const auto e = ERR_peek_error();
    const char* reason = e != 0 ? ERR_reason_error_string(e) : nullptr;
    throw std::runtime_error(std::string(what) + ": " + (reason ? reason : std::strerror(errno)));
}

/// A socket with a time limit is not waited for any longer when a signal comes: the end of some child, in these tests.
bool interrupted(SSL* ssl) {
    const int e = SSL_get_error(ssl, 0);
    return (e == SSL_ERROR_WANT_READ || e == SSL_ERROR_WANT_WRITE) && errno == EINTR;
}

} // namespace

tls_peer::tls_peer(int fd, const tls_wish& how)
    : context_(SSL_CTX_new(how.server ? TLS_server_method() : TLS_client_method()), SSL_CTX_free) {
    // OpenSSL's socket BIO raises it.
    static const auto before = std::signal(SIGPIPE, SIG_IGN);
    static_cast<void>(before);
    const timeval bound{30, 0};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &bound, sizeof bound);
    ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &bound, sizeof bound);
    const int version = how.version == 0 ? TLS1_3_VERSION : how.version;
    SSL_CTX_set_min_proto_version(context_.get(), version);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    if (how.fragment != 0) SSL_CTX_set_tlsext_max_fragment_length(context_.get(), how.fragment);
    ERR_clear_error();
    if (how.own != nullptr &&
        (SSL_CTX_use_certificate_chain_file(context_.get(), how.own->certificate.c_str()) != 1 ||
         SSL_CTX_use_PrivateKey_file(context_.get(), how.own->key.c_str(), SSL_FILETYPE_PEM) != 1))
        fail("certificate");
    ssl_.reset(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(ssl_.get(), fd);
    if ((how.server ? SSL_accept(ssl_.get()) : SSL_connect(ssl_.get())) != 1) fail("handshake");
}

tls_peer::~tls_peer() = default;

std::size_t tls_peer::read(char* to, std::size_t most) {
    std::size_t n = 0;
    do {
        ERR_clear_error();
        if (SSL_read_ex(ssl_.get(), to, most, &n) == 1) return n;
    } while (interrupted(ssl_.get()));
    if (SSL_get_error(ssl_.get(), 0) == SSL_ERROR_ZERO_RETURN) return 0;
    fail("read");
}

void tls_peer::write(std::string_view bytes) {
    std::size_t n = 0;
    if (bytes.empty()) return;
    do {
        ERR_clear_error();
        if (SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &n) == 1) return;
    } while (interrupted(ssl_.get()));
    fail("write");
}

bool tls_peer::has_input() const {
    return SSL_pending(ssl_.get()) > 0;
}

void tls_peer::end() {
    ERR_clear_error();
    if (SSL_shutdown(ssl_.get()) < 0) fail("shutdown");
}

void tls_peer::update_keys() {
    ERR_clear_error();
    if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) != 1 || SSL_do_handshake(ssl_.get()) != 1)
        fail("key update");
}

std::string tls_peer::exporter() const {
    std::string out(32, '\0');
    const std::string_view label = "EXPORTER-Channel-Binding";
    if (SSL_export_keying_material(ssl_.get(), reinterpret_cast<unsigned char*>(out.data()), out.size(), label.data(),
                                   label.size(), reinterpret_cast<const unsigned char*>(""), 0, 1) != 1)
        fail("exporter");
    return out;
}

long tls_peer::serial() const {
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(ssl_.get()), X509_free);
    return ASN1_INTEGER_get(X509_get0_serialNumber(shown.get()));
}

} // namespace tug::test

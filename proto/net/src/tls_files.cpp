#include "tls_files.hpp"

#include <tug/os/private_file.hpp>
#include <tug/os/unique_fd.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <fcntl.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace tug::net {

namespace {

proto::failure bad_file(const std::string& path, std::string_view why) {
    return {proto::errc::bad_tls_file, std::string(path).append(" ").append(why)};
}

/// What OpenSSL says, where it says something.
std::string with_cause(std::string text) {
    if (const char* cause = ERR_reason_error_string(ERR_peek_error())) text.append(": ").append(cause);
    return text;
}

/// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

proto::result<std::shared_ptr<EVP_PKEY>> read_key(const std::string& path, os::secret_readers others) {
    const auto pem = os::read_private_file(path, proto::errc::bad_tls_file, others);
    if (!pem) return pem.error();
    const std::unique_ptr<BIO, decltype(&BIO_free)> from(
        BIO_new_mem_buf(pem->view().data(), static_cast<int>(pem->view().size())), BIO_free);
    ERR_clear_error();
    std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
    if (!key) return bad_file(path, "holds no private key in PEM form without a passphrase");
    return key;
}

/// OpenSSL's own message names no errno.
proto::result<void> check_readable(const std::string& path) {
    const os::unique_fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (!file) return bad_file(path, std::string("cannot be read: ") + std::strerror(errno));
    return proto::result<void>();
}

} // namespace

proto::result<void> load_certificate(SSL_CTX* to, const tls_files& files) {
    if (auto readable = check_readable(files.certificate); !readable) return readable;
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(to, files.certificate.c_str()) != 1)
        return bad_file(files.certificate, with_cause("holds no certificate in PEM form that can be used"));
    const auto key = read_key(files.key, files.key_readers);
    if (!key) return key.error();
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey(to, key->get()) != 1 || SSL_CTX_check_private_key(to) != 1)
        return bad_file(files.key, with_cause("does not fit the certificate " + files.certificate));
    return proto::result<void>();
}

proto::result<void> load_ca(SSL_CTX* to, const std::string& path) {
    if (auto readable = check_readable(path); !readable) return readable;
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(to, path.c_str()) != 1)
        return bad_file(path, with_cause("holds no certificates of a CA in PEM form"));
    return proto::result<void>();
}

} // namespace tug::net

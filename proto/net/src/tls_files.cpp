#include "tls_files.hpp"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

namespace tug::net {

namespace {

constexpr std::size_t max_key_file = 1024 * 1024;

proto::failure bad(const std::string& path, std::string_view why) {
    return {proto::errc::bad_tls_file, std::string(path).append(" ").append(why)};
}

/// What OpenSSL says, where it says something.
std::string with_cause(std::string text) {
    if (const char* cause = ERR_reason_error_string(ERR_peek_error())) text.append(": ").append(cause);
    return text;
}

/// Text that is wiped when it goes.
class secret_text {
public:
    secret_text() = default;
    secret_text(const secret_text&) = delete;
    secret_text& operator=(const secret_text&) = delete;

    ~secret_text() { OPENSSL_cleanse(text.data(), text.size()); }

    std::string text;
};

class descriptor {
public:
    explicit descriptor(const std::string& path) noexcept
        : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) {}

    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    ~descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_;
};

std::string_view wrong_with(const struct stat& st) {
    if (!S_ISREG(st.st_mode)) return "is no regular file";
    if ((st.st_mode & 077) != 0) return "can be read or written by others; run: chmod 600";
    if (st.st_uid != ::geteuid() && st.st_uid != 0) return "belongs to another user";
    if (static_cast<std::size_t>(st.st_size) > max_key_file) return "is larger than 1 MiB";
    return {};
}

/// The file is checked by the descriptor that it is read from.
proto::result<void> read_key_file(const std::string& path, std::string& to) {
    const descriptor file(path);
    struct stat st{};
    if (file.get() < 0 || ::fstat(file.get(), &st) != 0)
        return bad(path, std::string("cannot be read: ") + std::strerror(errno));
    if (const auto wrong = wrong_with(st); !wrong.empty()) return bad(path, wrong);
    to.resize(static_cast<std::size_t>(st.st_size));
    std::size_t size = 0;
    while (size < to.size()) {
        const auto n = ::read(file.get(), to.data() + size, to.size() - size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return bad(path, std::string("cannot be read: ") + std::strerror(errno));
        if (n == 0) break;
        size += static_cast<std::size_t>(n);
    }
    to.resize(size);
    return proto::result<void>();
}

/// OpenSSL would ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return -1;
}

proto::result<std::shared_ptr<EVP_PKEY>> read_key(const std::string& path) {
    secret_text pem;
    if (auto read = read_key_file(path, pem.text); !read) return read.error();
    const std::unique_ptr<BIO, decltype(&BIO_free)> from(
        BIO_new_mem_buf(pem.text.data(), static_cast<int>(pem.text.size())), BIO_free);
    ERR_clear_error();
    std::shared_ptr<EVP_PKEY> key(PEM_read_bio_PrivateKey(from.get(), nullptr, no_passphrase, nullptr), EVP_PKEY_free);
    if (!key) return bad(path, "holds no private key in PEM form without a passphrase");
    return key;
}

/// OpenSSL's own message names no errno.
proto::result<void> check_readable(const std::string& path) {
    const descriptor file(path);
    if (file.get() < 0) return bad(path, std::string("cannot be read: ") + std::strerror(errno));
    return proto::result<void>();
}

} // namespace

proto::result<void> load_certificate(SSL_CTX* to, const tls_files& files) {
    if (auto readable = check_readable(files.certificate); !readable) return readable;
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(to, files.certificate.c_str()) != 1)
        return bad(files.certificate, with_cause("holds no certificate in PEM form that can be used"));
    const auto key = read_key(files.key);
    if (!key) return key.error();
    ERR_clear_error();
    if (SSL_CTX_use_PrivateKey(to, key->get()) != 1 || SSL_CTX_check_private_key(to) != 1)
        return bad(files.key, with_cause("does not fit the certificate " + files.certificate));
    return proto::result<void>();
}

proto::result<void> load_ca(SSL_CTX* to, const std::string& path) {
    if (auto readable = check_readable(path); !readable) return readable;
    ERR_clear_error();
    if (SSL_CTX_load_verify_file(to, path.c_str()) != 1)
        return bad(path, with_cause("holds no certificates of a CA in PEM form"));
    return proto::result<void>();
}

} // namespace tug::net

#pragma once

#include "support/test_ca.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace tug::test {

/// How a tls_peer speaks.
struct tls_wish {
    const issued* own = nullptr; ///< Its certificate; makes it a server where `server` is set.
    bool server = false;
    int version = 0;            ///< Of the TLS1_2_VERSION kind; 0: 1.3.
    unsigned char fragment = 0; ///< The largest record that it wants, as TLSEXT_max_fragment_length_512; 0: any.
};

/// One end of TLS on a blocking socket, written over OpenSSL's own socket BIO and without the code under test. It
/// checks no certificate. Nothing takes longer than 30 s; what fails throws std::runtime_error with what OpenSSL says.
class tls_peer {
public:
    /// The descriptor stays the caller's.
    explicit tls_peer(int fd, const tls_wish& how = {});
    ~tls_peer();
    tls_peer(const tls_peer&) = delete;
    tls_peer& operator=(const tls_peer&) = delete;

    /// The bytes that came, at most `most`; 0 at a close_notify.
    [[nodiscard]] std::size_t read(char* to, std::size_t most);

    void write(std::string_view bytes);

    /// Whether something can be read that has left the socket already.
    [[nodiscard]] bool has_input() const;

    /// Sends close_notify.
    void end();

    /// Asks the other side for new keys, and takes some too. Reads nothing.
    void update_keys();

    /// Of RFC 9266.
    [[nodiscard]] std::string exporter() const;

    /// Of the certificate that the other side showed.
    [[nodiscard]] long serial() const;

private:
    std::shared_ptr<ssl_ctx_st> context_;
    std::shared_ptr<ssl_st> ssl_;
};

} // namespace tug::test

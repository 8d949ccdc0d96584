#pragma once

#include "tug/net/tls.hpp"

#include <openssl/ssl.h>

namespace tug::net {

/// Gives the context the certificate and its key. Fails with bad_tls_file.
[[nodiscard]] proto::result<void> load_certificate(SSL_CTX* to, const tls_files& files);

/// Lets the context trust the certificates in that file. Fails with bad_tls_file.
[[nodiscard]] proto::result<void> load_ca(SSL_CTX* to, const std::string& path);

} // namespace tug::net

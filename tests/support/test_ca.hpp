#pragma once

#include "support/temp_dir.hpp"

#include <chrono>
#include <memory>
#include <string>

struct evp_pkey_st;
struct x509_st;

namespace tug::test {

/// What a certificate is to say.
struct certificate_wish {
    std::string names = "DNS:localhost,IP:127.0.0.1"; ///< As OpenSSL writes subjectAltName.
    std::chrono::seconds from{-3600};                 ///< Seen from now.
    std::chrono::seconds until{3600};
};

/// PEM files of a certificate and its key, which its owner alone can read.
struct issued {
    std::string certificate;
    std::string key;
};

/// A CA of its own that signs for servers and clients alike. Its files go with it.
class test_ca {
public:
    test_ca();

    /// The certificate of the CA itself.
    [[nodiscard]] std::string file() const { return dir_ / "ca.pem"; }

    [[nodiscard]] issued issue(const certificate_wish& wish = {});

private:
    temp_dir dir_;
    std::shared_ptr<evp_pkey_st> key_;
    std::shared_ptr<x509_st> certificate_;
    int issued_ = 0;
};

} // namespace tug::test

#include "support/test_ca.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <filesystem>
#include <stdexcept>

namespace tug::test {

namespace {

using pkey = std::shared_ptr<EVP_PKEY>;
using x509 = std::shared_ptr<X509>;

void must(bool done, const char* what) {
    if (!done) throw std::runtime_error(std::string("OpenSSL: ") + what);
}

pkey new_key() {
    pkey out(EVP_EC_gen("P-256"), EVP_PKEY_free);
    must(out != nullptr, "key");
    return out;
}

void extend(X509* to, X509* issuer, int nid, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, to, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value), X509_EXTENSION_free);
    must(extension && X509_add_ext(to, extension.get(), -1) == 1, value);
}

x509 new_certificate(long serial, const std::string& name, EVP_PKEY* key, const certificate_wish& wish) {
    x509 out(X509_new(), X509_free);
    must(out != nullptr, "certificate");
    X509_set_version(out.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(out.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), wish.from.count());
    X509_gmtime_adj(X509_getm_notAfter(out.get()), wish.until.count());
    X509_set_pubkey(out.get(), key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    return out;
}

void write_pem(const std::string& path, const auto& writer) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    must(out && writer(out.get()) == 1, "PEM");
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    write_file(path, {text, static_cast<std::size_t>(size)});
    std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

} // namespace

test_ca::test_ca() : key_(new_key()) {
    // Each has a name of its own: one that is not known and one whose signature is wrong are different failures.
    static std::atomic<int> number = 0;
    certificate_ = new_certificate(1, "CA number " + std::to_string(++number), key_.get(), {});
    X509_set_issuer_name(certificate_.get(), X509_get_subject_name(certificate_.get()));
    extend(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
    extend(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
    must(X509_sign(certificate_.get(), key_.get(), EVP_sha256()) > 0, "sign");
    write_pem(file(), [&](BIO* to) { return PEM_write_bio_X509(to, certificate_.get()); });
}

issued test_ca::issue(const certificate_wish& wish) {
    const auto key = new_key();
    const auto number = std::to_string(++issued_);
    const auto made = new_certificate(issued_ + 1, "number " + number, key.get(), wish);
    X509_set_issuer_name(made.get(), X509_get_subject_name(certificate_.get()));
    extend(made.get(), certificate_.get(), NID_subject_alt_name, wish.names.c_str());
    must(X509_sign(made.get(), key_.get(), EVP_sha256()) > 0, "sign");
    issued out{dir_ / (number + ".pem"), dir_ / (number + ".key")};
    write_pem(out.certificate, [&](BIO* to) { return PEM_write_bio_X509(to, made.get()); });
    write_pem(out.key,
              [&](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return out;
}

} // namespace tug::test

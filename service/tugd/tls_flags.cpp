#include "tls_flags.hpp"

namespace tug::service {

void declare_tls(flag_maker& make, tls_flags& f) {
    make.value(
        "tls-cert", f.certificate,
        "Certificate of tugd, PEM, with those that lead to its CA behind it. TCP then speaks TLS 1.3 and nothing "
        "else; Unix sockets stay plain");
    make.value("tls-key", f.key, "Key of that certificate, PEM, without a passphrase, mode 0600");
    make.value("tls-client-ca", f.client_ca, "Let in only clients with a certificate of a CA in this PEM file");
    make.flag("require-tls", f.require, "Refuse to listen on plain TCP, on loopback too");
    make.flag("allow-plaintext", f.allow_plaintext,
              "Listen on plain TCP off loopback, where others can read and change all that crosses the network");
}

void take_tls(const tls_flags& f, config& to) {
    if (f.certificate.empty() != f.key.empty())
        throw CLI::ValidationError("--tls-cert and --tls-key go together; give both or none");
    if (!f.client_ca.empty() && f.certificate.empty())
        throw CLI::ValidationError("--tls-client-ca needs a certificate of tugd: --tls-cert and --tls-key");
    if (f.require && f.allow_plaintext)
        throw CLI::ValidationError("--require-tls and --allow-plaintext exclude each other; give one");
    to.tls.certificate = f.certificate;
    to.tls.key = f.key;
    to.tls.ca = f.client_ca;
    to.server.require_tls = f.require;
    to.server.allow_plaintext = f.allow_plaintext;
}

} // namespace tug::service

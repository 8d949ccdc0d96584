#include "check/check.hpp"

#include <tug/os/escape.hpp>
#include <tug/proto/remedy.hpp>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <memory>
#include <string>
#include <vector>

namespace tug::service {

namespace {

/// A certificate that ends sooner is told of.
constexpr long warning_days = 14;

using certificate = std::unique_ptr<X509, decltype(&X509_free)>;

/// All of a PEM file, our own first.
std::vector<certificate> chain_in(const std::string& file) {
    std::vector<certificate> out;
    const std::unique_ptr<BIO, decltype(&BIO_free)> from(BIO_new_file(file.c_str(), "r"), BIO_free);
    if (!from) return out;
    while (X509* one = PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)) out.emplace_back(one, X509_free);
    return out;
}

std::string name_of(const X509& one) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> to(BIO_new(BIO_s_mem()), BIO_free);
    X509_NAME_print_ex(to.get(), X509_get_subject_name(&one), 0, XN_FLAG_RFC2253);
    char* text = nullptr;
    const auto size = BIO_get_mem_data(to.get(), &text); // NOLINT: a macro of OpenSSL
    return {text, static_cast<std::size_t>(size)};
}

std::string day_of(const ASN1_TIME* time) {
    std::tm parts{};
    char text[16];
    if (ASN1_TIME_to_tm(time, &parts) != 1) return "?";
    std::strftime(text, sizeof text, "%Y-%m-%d", &parts);
    return text;
}

/// From now; negative where it is over.
long days_until(const ASN1_TIME* time) {
    int days = 0;
    int seconds = 0;
    if (ASN1_TIME_diff(&days, &seconds, nullptr, time) != 1) return 0;
    return days == 0 && seconds < 0 ? -1 : days;
}

void check_dates(const X509& one, const std::string& show, check_report& to) {
    const auto* from = X509_get0_notBefore(&one);
    const auto* until = X509_get0_notAfter(&one);
    const auto name = name_of(one);
    if (X509_cmp_current_time(from) > 0)
        return to.wrong("tls", "the certificate of " + name + " is not valid before " + day_of(from),
                        "set the clock of this host, or use another; run: " + show);
    if (X509_cmp_current_time(until) < 0)
        return to.wrong("tls", "the certificate of " + name + " expired on " + day_of(until), "renew it; run: " + show);
    const auto days = days_until(until);
    const auto text = "the certificate of " + name + " ends on " + day_of(until);
    if (days < warning_days) return to.warn("tls", text, "renew it within " + std::to_string(days) + " days");
    to.ok("tls", text);
}

} // namespace

void check_tls(const config& c, check_report& to) {
    if (c.tls.certificate.empty()) {
        if (c.server.allow_plaintext)
            to.warn("tls", "none, and --allow-plaintext is given: others can read and change what crosses the network",
                    "use --tls-cert and --tls-key");
        else
            to.ok("tls", "none: TCP on loopback alone");
        return;
    }
    if (const auto made = net::tls_context::for_server(c.tls); !made)
        return to.wrong("tls", made.error().message, proto::remedy(made.error()));
    const auto show = "openssl x509 -noout -text -in " + os::quoted_name(c.tls.certificate);
    const auto chain = chain_in(c.tls.certificate);
    for (const auto& one : chain) check_dates(*one, show, to);
    for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
        if (X509_check_issued(chain[i + 1].get(), chain[i].get()) == X509_V_OK) continue;
        to.wrong("tls",
                 "the certificate of " + name_of(*chain[i]) + " is not signed by the next one, of " +
                     name_of(*chain[i + 1]),
                 "put the certificates into " + os::quoted_name(c.tls.certificate) + " in order, that of tugd first");
    }
    if (!chain.empty() && X509_get_ext_by_NID(chain.front().get(), NID_subject_alt_name, -1) < 0)
        to.wrong("tls", "the certificate names no host (subjectAltName): no client accepts it",
                 "make one with subjectAltName; see OPERATING.md");
}

} // namespace tug::service

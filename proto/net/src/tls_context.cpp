#include "tls_files.hpp"

#include <openssl/bio.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <new>

namespace tug::net {

namespace {

/// Of incoming records held at once: so much is read by one system call. Freed while nothing is there.
constexpr std::size_t read_buffer = 4 * (SSL3_RT_MAX_PLAIN_LENGTH + 512);

/// What both sides have in common. No tickets and no cache: a session is one connection, and an idle one costs little.
std::shared_ptr<SSL_CTX> make_context(const SSL_METHOD* side) {
    std::shared_ptr<SSL_CTX> out(SSL_CTX_new(side), SSL_CTX_free);
    if (!out || SSL_CTX_set_min_proto_version(out.get(), TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(out.get(), TLS1_3_VERSION) != 1)
        throw std::bad_alloc();
    // Without partial writes: what is given is written whole, in as many records as the peer wants (RFC 6066).
    SSL_CTX_set_mode(out.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(out.get(), SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(out.get(), 0);
    SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(out.get(), 1);
    SSL_CTX_set_default_read_buffer_len(out.get(), read_buffer);
    return out;
}

bool expect_name(SSL_CTX* context, const std::string& name) {
    auto* wanted = SSL_CTX_get0_param(context);
    // The subject is prose; names are those of subjectAltName alone.
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    return X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1 ||
           X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()) == 1;
}

std::string time_text(const ASN1_TIME* time) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    if (!out || ASN1_TIME_print(out.get(), time) != 1) return "an unknown date";
    char* text = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

} // namespace

proto::result<tls_context> tls_context::for_server(const tls_files& files) {
    auto context = make_context(TLS_server_method());
    if (auto loaded = load_certificate(context.get(), files); !loaded) return loaded.error();
    if (!files.ca.empty()) {
        if (auto loaded = load_ca(context.get(), files.ca); !loaded) return loaded.error();
        // Says which CAs will do; loaded before, so it can be read.
        SSL_CTX_set_client_CA_list(context.get(), SSL_load_client_CA_file(files.ca.c_str()));
        SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    return tls_context(std::move(context), {});
}

proto::result<tls_context> tls_context::for_client(const tls_files& files, const std::string& server_name) {
    auto context = make_context(TLS_client_method());
    if (files.ca.empty()) {
        if (SSL_CTX_set_default_verify_paths(context.get()) != 1)
            return proto::failure(proto::errc::bad_tls_file, "the CAs of the system cannot be read");
    } else if (auto loaded = load_ca(context.get(), files.ca); !loaded) {
        return loaded.error();
    }
    if (files.certificate.empty() != files.key.empty())
        return proto::failure(proto::errc::bad_tls_file, "a certificate and its key go together; one is missing");
    if (!files.certificate.empty())
        if (auto loaded = load_certificate(context.get(), files); !loaded) return loaded.error();
    if (server_name.empty() || !expect_name(context.get(), server_name))
        return proto::failure(proto::errc::bad_address, "\"" + server_name + "\" can be no name of a TLS server");
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    return tls_context(std::move(context), server_name);
}

std::string tls_context::out_of_date() const {
    const auto* own = SSL_CTX_get0_certificate(context_.get());
    if (!own) return {};
    const auto* from = X509_get0_notBefore(own);
    const auto* until = X509_get0_notAfter(own);
    if (X509_cmp_current_time(until) < 0) return "expired on " + time_text(until);
    if (X509_cmp_current_time(from) > 0) return "is not valid before " + time_text(from);
    return {};
}

std::optional<std::chrono::system_clock::time_point> tls_context::certificate_ends() const {
    const auto* own = SSL_CTX_get0_certificate(context_.get());
    std::tm utc{};
    if (!own || ASN1_TIME_to_tm(X509_get0_notAfter(own), &utc) != 1) return std::nullopt;
    return std::chrono::system_clock::from_time_t(::timegm(&utc));
}

} // namespace tug::net

#include "tls_flags.hpp"

#include "option_set.hpp"
#include "usage_error.hpp"

namespace tug::cli {

void add_tls(option_set& set, tls_flags& f) {
    set.flag("--tls", f.on, "speak TLS; so do those below, each by itself");
    set.value("--tls-ca", f.ca, "who may sign for tugd (the CAs of the system)")->type_name("FILE");
    set.value("--tls-server-name", f.server_name, "whom the certificate of tugd is for (the host)")->type_name("NAME");
    set.value("--tls-cert", f.certificate, "our certificate, where tugd asks for one")->type_name("FILE");
    set.value("--tls-key", f.key, "its key, mode 0600")->type_name("FILE");
}

std::optional<tls_options> tls_of(const tls_flags& f) {
    if (f.certificate.empty() != f.key.empty())
        throw usage_error("--tls-cert and --tls-key go together", "give both or none");
    if (!f.on && f.ca.empty() && f.server_name.empty() && f.certificate.empty()) return std::nullopt;
    return tls_options().ca_file(f.ca).server_name(f.server_name).certificate(f.certificate, f.key, f.key_readers);
}

} // namespace tug::cli

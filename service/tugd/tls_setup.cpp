#include "tls_setup.hpp"

#include <iostream>
#include <utility>

namespace tug::service {

proto::result<void> set_up_tls(server& s, const config& c, const log& logger) {
    if (c.tls.certificate.empty()) return proto::result<void>();
    auto made = net::tls_context::for_server(c.tls);
    if (!made) return made.error();
    if (const auto wrong = made->out_of_date(); !wrong.empty())
        logger.warning("certificate", {{"file", c.tls.certificate}, {"why", wrong}});
    s.set_tls(std::move(*made));
    return proto::result<void>();
}

void reload_tls(server& s, const config& c, const log& logger) {
    if (c.tls.certificate.empty()) return;
    if (const auto done = set_up_tls(s, c, logger); !done)
        logger.error("tls_kept", {{"why", done.error().message}});
    else
        logger.info("tls_reloaded", {{"certificate", c.tls.certificate}});
}

void warn_of_plaintext(const server& s, const log& logger) {
    if (logger.enabled(log_level::warning)) return; // the server has said so
    for (const auto& where : s.plaintext_addresses())
        std::cerr << "tugd: WARNING: " << where.to_string()
                  << " is NOT ENCRYPTED: every host on the network between can "
                  << "read and change every command, its output and every file; use --tls-cert and --tls-key\n";
}

} // namespace tug::service

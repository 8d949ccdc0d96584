#pragma once

#include "config.hpp"
#include "flags.hpp"

#include <string>

namespace tug::service {

/// The flags about TLS as they were given.
struct tls_flags {
    std::string certificate;
    std::string key;
    std::string client_ca;
    bool require = false;
    bool allow_plaintext = false;
};

/// Adds them to the command line.
void declare_tls(flag_maker& make, tls_flags& f);

/// Checks what they say together and puts it into the configuration. Throws CLI::ValidationError.
void take_tls(const tls_flags& f, config& to);

} // namespace tug::service

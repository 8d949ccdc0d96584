#pragma once

#include <tug/credentials.hpp>
#include <tug/tls_options.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace tug::cli {

class option_set;

/// The flags about TLS; any of them turns it on.
struct tls_flags {
    bool on = false;
    std::string ca;
    std::string server_name;
    std::string certificate;
    std::string key;
    secret_readers key_readers = secret_readers::none; ///< Who else may read `key`.
};

/// Those of them that take a value.
inline constexpr std::array<std::string_view, 4> tls_value_flags{"--tls-ca", "--tls-server-name", "--tls-cert",
                                                                 "--tls-key"};

void add_tls(option_set& set, tls_flags& f);

/// What to connect with; nothing for plain TCP. Throws usage_error where a certificate has no key, or the other way.
[[nodiscard]] std::optional<tls_options> tls_of(const tls_flags& f);

} // namespace tug::cli

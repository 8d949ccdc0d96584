#pragma once

#include "cli/arguments/options.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::cli {

/// How one host is reached and with which key: flags go over the environment, that over the configuration.
struct connection_settings {
    std::string name;     ///< What the configuration knows it by.
    std::string address;  ///< As tug::address::parse() takes it.
    std::string key_file; ///< Empty: no login.
    std::string key_id;   ///< Empty: the first key of the file.
    secret_readers key_readers = secret_readers::none;
    tls_flags tls;
    std::optional<std::uint64_t> max_window;
    std::string user;                          ///< Of commands that name none; empty: that of tugd.
    std::string jump;                          ///< The host to go through; empty: none.
    std::optional<std::chrono::seconds> share; ///< How long a connection that is shared outlives its last user.
};

/// The settings of a host, as address_of() and resolve_remote() return it.
[[nodiscard]] connection_settings settings_for(const options& o, std::string_view host);

/// Whether a host is reached by no network: a Unix socket, or a loopback address.
[[nodiscard]] bool is_this_host(const connection_settings& how);

/// The options of a command for that host: what the configuration says of its commands is in the place of flags that
/// were not given.
[[nodiscard]] options for_host(options o, std::string_view host);

} // namespace tug::cli

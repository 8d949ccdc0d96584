#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tug::cli {

/// Where a command line or the environment says that tugd is, apart from HOST itself. What stands in argv goes over
/// what stands in the environment, so the two are told apart.
struct host_flags {
    std::optional<std::string> unix_socket; ///< --unix or TUG_UNIX
    bool unix_typed = false;                ///< --unix
    std::optional<std::uint16_t> port;      ///< -P or TUG_PORT
    bool port_typed = false;                ///< -P
    std::string address;                    ///< TUG_ADDRESS: serves where HOST is left out.
};

/// A file on a host.
struct remote_file {
    std::string address; ///< The host, as settings_for() takes it.
    std::string path;
};

/// The host for HOST, with the port of the flags: `name`, `name:port`, `[IPv6]`, `[IPv6]:port`, `unix:PATH` or
/// `tug://name:port`, or `pool:LIST` as it is; without HOST that of the flags or of TUG_ADDRESS. Throws usage_error
/// where there is none or where two contradict each other.
[[nodiscard]] std::string resolve_host(const std::optional<std::string>& host, const host_flags& flags);

/// Splits `HOST:PATH`, `[IPv6]:PATH`, `pool:LIST:PATH`, `tug://name:port/path`, or `:PATH` where the flags or
/// TUG_ADDRESS have the host. Throws usage_error.
[[nodiscard]] remote_file resolve_remote(std::string_view text, const host_flags& flags);

/// What a file is called when it is put into a directory: what follows the last '/'.
[[nodiscard]] std::string_view base_name(std::string_view path);
std::string_view base_name(std::string&&) = delete; // it would be a view of what is gone

} // namespace tug::cli

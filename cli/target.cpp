#include "target.hpp"

#include "usage_error.hpp"

namespace tug::cli {

namespace {

constexpr std::string_view scheme = "tug://";
constexpr std::string_view unix_prefix = "unix:";

std::string quoted(std::string_view text) {
    return std::string("'").append(text).append("'");
}

/// Whether an address that is no Unix socket says its port.
bool has_port(std::string_view address) {
    if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
    if (address.starts_with('[')) return address.find("]:") != std::string_view::npos;
    return address.find(':') != std::string_view::npos;
}

/// Adds the port of the flags to an address that has none. `typed`: the address stands in argv.
std::string with_port(std::string_view address, bool typed, const host_flags& flags) {
    if (address.starts_with(unix_prefix)) {
        if (typed && flags.port_typed)
            throw usage_error("-P does not go with the Unix socket " + quoted(address), "leave -P out");
        return std::string(address);
    }
    if (address.ends_with('/')) address.remove_suffix(1);
    if (!flags.port) return std::string(address);
    if (!has_port(address)) return std::string(address).append(":").append(std::to_string(*flags.port));
    if (!flags.port_typed) return std::string(address);
    if (typed) throw usage_error("the port is given twice, by -P and in " + quoted(address), "give it once");
    const auto colon = address.rfind(':');
    return std::string(address.substr(0, colon + 1)).append(std::to_string(*flags.port));
}

/// The host where none is typed.
std::string default_host(const host_flags& flags) {
    if (flags.unix_socket) {
        if (flags.port_typed) throw usage_error("-P does not go with --unix", "leave one of them out");
        return std::string(unix_prefix).append(*flags.unix_socket);
    }
    if (flags.address.empty())
        throw usage_error("no host is named", "name a HOST, or use --unix SOCKET, or set TUG_ADDRESS");
    return with_port(flags.address, false, flags);
}

void require_path(std::string_view path, std::string_view whole) {
    if (path.empty()) throw usage_error("there is no path in " + quoted(whole), "write HOST:PATH");
}

remote_file split_url(std::string_view text, const host_flags& flags) {
    const auto slash = text.find('/', scheme.size());
    const auto path = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    if (path.empty()) throw usage_error("there is no path in " + quoted(text), "write tug://HOST:PORT/PATH");
    return {resolve_host(std::string(text.substr(0, slash)), flags), std::string(path)};
}

} // namespace

std::string resolve_host(const std::optional<std::string>& host, const host_flags& flags) {
    if (!host) return default_host(flags);
    if (flags.unix_typed)
        throw usage_error("both --unix and the host " + quoted(*host) + " are given", "leave one of them out");
    if (host->empty()) throw usage_error("the host is empty", "name a HOST, or use --unix SOCKET, or set TUG_ADDRESS");
    return with_port(*host, true, flags);
}

remote_file resolve_remote(std::string_view text, const host_flags& flags) {
    if (text.starts_with(scheme)) return split_url(text, flags);
    if (text.starts_with(unix_prefix))
        throw usage_error(quoted(text) + " cannot name both a socket and a path", "write --unix SOCKET and :PATH");
    const auto bracket = text.starts_with('[') ? text.find("]:") : std::string_view::npos;
    const auto colon = bracket != std::string_view::npos ? bracket + 1 : text.find(':');
    if (colon == std::string_view::npos)
        throw usage_error(quoted(text) + " names no host", "write HOST:PATH, or :PATH with --unix or TUG_ADDRESS");
    const auto path = text.substr(colon + 1);
    require_path(path, text);
    if (colon == 0) return {resolve_host(std::nullopt, flags), std::string(path)};
    return {resolve_host(std::string(text.substr(0, colon)), flags), std::string(path)};
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0: the whole of it
}

} // namespace tug::cli

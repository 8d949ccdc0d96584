#include "target.hpp"

#include "cli/local/report.hpp"
#include "usage_error.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

namespace tug::cli {

namespace {

constexpr std::string_view scheme = "tug://";
constexpr std::string_view unix_prefix = "unix:";
constexpr std::string_view pool_prefix = "pool:";

bool is_ipv6(std::string_view text) {
    in6_addr ignored{};
    return ::inet_pton(AF_INET6, std::string(text.substr(0, text.find('%'))).c_str(), &ignored) == 1;
}

/// An IPv6 address may stand alone: it needs its brackets where a port or a path follows.
std::string with_brackets(const std::string& host) {
    return is_ipv6(host) ? "[" + host + "]" : host;
}

/// `fe80::1:file` would be the path ":1:file" of a host "fe80".
void refuse_bare_ipv6(std::string_view text) {
    for (auto end = text.size(); end != std::string_view::npos && end > 0; end = text.rfind(':', end - 1)) {
        const auto host = text.substr(0, end);
        if (is_ipv6(host))
            throw usage_error(quoted_name(text) + " begins with an IPv6 address",
                              "write it in brackets, as in [::1]:PATH");
    }
}

/// Whether an address that is no Unix socket says its port.
bool has_port(std::string_view address) {
    if (address.starts_with(scheme)) address.remove_prefix(scheme.size());
    if (address.starts_with('[')) return address.find("]:") != std::string_view::npos;
    return address.find(':') != std::string_view::npos;
}

/// Adds the port of the flags to an address that has none. `typed`: the address stands in argv.
std::string with_port(std::string_view address, bool typed, const host_flags& flags) {
    if (address.starts_with(pool_prefix)) return std::string(address); // each of its hosts gets the port
    if (address.starts_with(unix_prefix)) {
        if (typed && flags.port_typed)
            throw usage_error("-P does not go with the Unix socket " + quoted_name(address), "leave -P out");
        return std::string(address);
    }
    if (address.ends_with('/')) address.remove_suffix(1);
    if (!flags.port) return std::string(address);
    if (!has_port(address)) return std::string(address).append(":").append(std::to_string(*flags.port));
    if (!flags.port_typed) return std::string(address);
    if (typed) throw usage_error("the port is given twice, by -P and in " + quoted_name(address), "give it once");
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
    return with_port(with_brackets(flags.address), false, flags);
}

remote_file split_url(std::string_view text, const host_flags& flags) {
    const auto slash = text.find('/', scheme.size());
    const auto path = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
    return {resolve_host(std::string(text.substr(0, slash)), flags), std::string(path)};
}

/// Where the list of `pool:LIST:PATH` ends: at a colon that is in no brackets. npos: there is no path.
std::size_t end_of_pool(std::string_view text) {
    bool in_brackets = false;
    for (auto i = pool_prefix.size(); i < text.size(); ++i) {
        if (text[i] == ':' && !in_brackets) return i;
        in_brackets = text[i] == '[' || (in_brackets && text[i] != ']');
    }
    return std::string_view::npos;
}

/// The colon before the path.
std::size_t colon_of(std::string_view text) {
    if (text.starts_with(pool_prefix)) return end_of_pool(text);
    const auto bracket = text.starts_with('[') ? text.find("]:") : std::string_view::npos;
    return bracket != std::string_view::npos ? bracket + 1 : text.find(':');
}

/// `HOST:8840:/srv` would be the path "8840:/srv".
void refuse_port(std::string_view text, std::string_view path) {
    const auto end = path.find(":/");
    if (end == 0 || end > 5 || path.substr(0, end).find_first_not_of("0123456789") != std::string_view::npos) return;
    throw usage_error(quoted_name(text) + " has a port between the host and the path",
                      "write tug://HOST:PORT/PATH, or the port with -P; a path that begins so begins with ./");
}

} // namespace

std::string resolve_host(const std::optional<std::string>& host, const host_flags& flags) {
    if (!host) return default_host(flags);
    if (flags.unix_typed)
        throw usage_error("both --unix and the host " + quoted_name(*host) + " are given",
                          "leave one of them out; a command without HOST stands behind --");
    if (host->empty()) throw usage_error("the host is empty", "name a HOST, or use --unix SOCKET, or set TUG_ADDRESS");
    return with_port(with_brackets(*host), true, flags);
}

remote_file resolve_remote(std::string_view text, const host_flags& flags) {
    if (text.starts_with(scheme)) return split_url(text, flags);
    if (text.starts_with(unix_prefix))
        throw usage_error(quoted_name(text) + " cannot name both a socket and a path", "write --unix SOCKET and :PATH");
    refuse_bare_ipv6(text);
    const auto colon = colon_of(text);
    if (colon == std::string_view::npos)
        throw usage_error(quoted_name(text) + " names no host", "write HOST:PATH, or :PATH with --unix or TUG_ADDRESS");
    const auto path = text.substr(colon + 1);
    refuse_port(text, path);
    if (colon == 0) return {resolve_host(std::nullopt, flags), std::string(path)};
    return {resolve_host(std::string(text.substr(0, colon)), flags), std::string(path)};
}

std::string_view base_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0: the whole of it
}

} // namespace tug::cli

#include "tug/net/address.hpp"

#include <charconv>

namespace tug::net {

namespace {

/// sockaddr_un holds 108 bytes with the NUL behind it.
constexpr std::size_t max_socket_path = 107;

proto::failure bad_address(std::string_view text, std::string_view why) {
    return {proto::errc::bad_address, std::string("\"").append(text).append("\": ").append(why)};
}

bool parse_port(std::string_view text, std::uint16_t& port) noexcept {
    const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc() && at == text.data() + text.size();
}

} // namespace

proto::result<address> address::parse(std::string_view text) {
    const auto whole = text;
    address out;
    if (text.starts_with("unix:")) {
        out.path = text.substr(5);
        if (out.path.empty() || out.path.size() > max_socket_path || out.path.find('\0') != std::string::npos)
            return bad_address(whole, "the path of a Unix socket has 1 to 107 bytes");
        return out;
    }
    if (text.starts_with("tug://")) text.remove_prefix(6);
    if (text.ends_with('/')) text.remove_suffix(1);
    std::string_view port;
    bool has_port = false;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return bad_address(whole, "a '[' without its ']'");
        out.host = text.substr(1, close - 1);
        const auto rest = text.substr(close + 1);
        has_port = rest.starts_with(':');
        if (!rest.empty() && !has_port) return bad_address(whole, "only :PORT may follow the ']'");
        if (has_port) port = rest.substr(1);
    } else {
        const auto colon = text.find(':');
        has_port = colon != std::string_view::npos;
        if (has_port && text.find(':', colon + 1) != std::string_view::npos)
            return bad_address(whole, "an IPv6 address stands in brackets, as in [::1]:8840");
        out.host = text.substr(0, colon);
        if (has_port) port = text.substr(colon + 1);
    }
    if (out.host.empty() || out.host.find_first_of("/ \t") != std::string::npos ||
        out.host.find('\0') != std::string::npos)
        return bad_address(whole, "there is no valid host in it");
    if (has_port && !parse_port(port, out.port)) return bad_address(whole, "the port is no number from 0 to 65535");
    return out;
}

std::string address::to_string() const {
    if (is_unix()) return "unix:" + path;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

} // namespace tug::net

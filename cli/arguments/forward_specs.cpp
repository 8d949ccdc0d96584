#include "forward_specs.hpp"

#include "cli/local/report.hpp"
#include "option_set.hpp"
#include "usage_error.hpp"

#include <charconv>
#include <optional>
#include <utility>

namespace tug::cli {

namespace {

using fields = std::vector<std::string>;

[[noreturn]] void wrong(std::string_view flag, const std::string& text, std::string_view forms) {
    throw usage_error(std::string(flag) + " " + quoted_name(text) + " cannot be read", "write " + std::string(forms));
}

/// At the colons that stand in no brackets. Nothing where the brackets are not whole.
std::optional<fields> split_spec(std::string_view text) {
    fields out(1);
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '[' && !inside && out.back().empty()) {
            inside = true;
        } else if (c == ']' && inside) {
            if (i + 1 < text.size() && text[i + 1] != ':') return std::nullopt;
            inside = false;
        } else if (c == ':' && !inside) {
            out.emplace_back();
        } else {
            out.back() += c;
        }
    }
    if (inside) return std::nullopt;
    return out;
}

bool is_socket(const std::string& field) {
    return field.find('/') != std::string::npos;
}

std::optional<std::uint16_t> port_in(const std::string& text, std::uint16_t lowest) {
    std::uint16_t port = 0;
    const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc() || at != text.data() + text.size() || port < lowest) return std::nullopt;
    return port;
}

/// Takes `[BIND:]PORT` off the front of what is left when `behind` fields were taken off the back.
std::optional<forward_end> listening(const fields& all, std::size_t behind) {
    const auto count = all.size() - behind;
    forward_end out;
    if (count == 1 && is_socket(all[0])) return out.socket = all[0], out;
    if (count < 1 || count > 2) return std::nullopt;
    const auto port = port_in(all[count - 1], 0);
    if (!port) return std::nullopt;
    out.port = *port;
    if (count == 2) out.host = all[0].empty() ? every_address : all[0];
    return out;
}

std::optional<forward_end> host_and_port(const std::string& host, const std::string& port) {
    const auto number = port_in(port, 1);
    if (host.empty() || is_socket(host) || !number) return std::nullopt;
    return forward_end{host, *number, {}};
}

} // namespace

std::string forward_end::to_string() const {
    if (!socket.empty()) return socket;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

forward_spec parse_forward(std::string_view flag, const std::string& text) {
    constexpr auto forms = "[BIND:]PORT:HOST:PORT, with a path in the place of either side for a Unix socket, and an "
                           "IPv6 address in brackets";
    const auto all = split_spec(text);
    if (!all || all->size() < 2) wrong(flag, text, forms);
    const bool to_socket = is_socket(all->back());
    std::optional<forward_end> target;
    if (to_socket)
        target = forward_end{{}, 0, all->back()};
    else
        target = host_and_port((*all)[all->size() - 2], all->back());
    const auto behind = to_socket ? 1U : 2U;
    auto listen = all->size() > behind ? listening(*all, behind) : std::nullopt;
    if (!target || !listen) wrong(flag, text, forms);
    return {std::move(*listen), std::move(target)};
}

forward_spec parse_remote(const std::string& text) {
    const auto all = split_spec(text);
    if (all && !all->empty() && all->size() < 3) {
        if (auto listen = listening(*all, 0); listen && listen->socket.empty())
            return {std::move(*listen), std::nullopt};
    }
    return parse_forward("-R", text);
}

forward_end parse_dynamic(const std::string& text) {
    const auto all = split_spec(text);
    auto listen = all ? listening(*all, 0) : std::nullopt;
    if (!listen) wrong("-D", text, "[BIND:]PORT, or the path of a Unix socket");
    return std::move(*listen);
}

forward_end parse_stdio(const std::string& text) {
    const auto all = split_spec(text);
    if (all && all->size() == 1 && is_socket(text)) return {{}, 0, text};
    auto target = all && all->size() == 2 ? host_and_port((*all)[0], (*all)[1]) : std::nullopt;
    if (!target) wrong("-W", text, "HOST:PORT, or the path of a Unix socket");
    return std::move(*target);
}

void add_forward(option_set& set, forward_flags& o) {
    set.own_list("-L", o.local_texts, "listen here, connect there (repeatable)")->type_name("[BIND:]PORT:HOST:PORT");
    set.own_list("-R", o.remote_texts,
                 "listen there, connect here; [BIND:]PORT alone is a SOCKS proxy there (repeatable)")
        ->type_name("[BIND:]PORT:HOST:PORT");
    set.own_list("-D", o.dynamic_texts, "a SOCKS proxy (4, 4a, 5) here, that connects there (repeatable)")
        ->type_name("[BIND:]PORT");
    set.own_value("-W", o.stdio_text, "connect standard input and output to it, there")->type_name("HOST:PORT");
    set.own_flag("--no-reconnect", o.no_reconnect, "end when the connection to HOST is lost");
    set.own_flag("-g", o.gateway_ports, "-L and -D without BIND: at every address, not at localhost");
    set.own_flag("-N", o.nothing_run, "run no command: always so");
}

void read_forward(forward_flags& o) {
    for (const auto& text : o.local_texts) o.local.push_back(parse_forward("-L", text));
    for (const auto& text : o.dynamic_texts) o.local.push_back({parse_dynamic(text), std::nullopt});
    for (auto& spec : o.local)
        if (o.gateway_ports && spec.listen.socket.empty() && spec.listen.host.empty()) spec.listen.host = every_address;
    for (const auto& text : o.remote_texts) o.remote.push_back(parse_remote(text));
    if (!o.stdio_text.empty()) o.stdio = parse_stdio(o.stdio_text);
    if (o.listens() && !o.stdio_text.empty())
        throw usage_error("-W does not go with -L, -R and -D", "give it alone: it ends with its connection");
}

void take_forward(forward_flags& o) {
    read_forward(o);
    if (!o.listens() && o.stdio_text.empty())
        throw usage_error("nothing is to be forwarded", "say what by -L, -R, -D or -W");
    o.nothing_run = true;
}

} // namespace tug::cli

#include "auth/forward_rules.hpp"

#include <tug/proto/name_patterns.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>

namespace tug::service {

namespace ip = boost::asio::ip;

namespace {

constexpr std::uint16_t last_of_all = std::numeric_limits<std::uint16_t>::max();

bool is_lower_letter(char c) noexcept {
    return c >= 'a' && c <= 'z';
}

bool is_digit(char c) noexcept {
    return c >= '0' && c <= '9';
}

/// What names and spellings of addresses are made of.
bool is_host_byte(char c) noexcept {
    return is_lower_letter(c) || is_digit(c) || std::string_view(".-_:%").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
}

template <class Number>
std::optional<Number> number_of(std::string_view text, Number highest) {
    Number n = 0;
    const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
    if (ec != std::errc() || at != text.data() + text.size() || n > highest) return std::nullopt;
    return n;
}

/// An address that means something else, or something more, for each host: who has a name in a zone that a wildcard
/// lets through could point it there.
bool is_inner(const ip::address& a) {
    if (a.is_unspecified() || a.is_loopback() || a.is_multicast()) return true;
    if (a.is_v6()) return a.to_v6().is_link_local();
    static const auto link_local = address_network::parse("169.254.0.0/16");
    return link_local->contains(a) || a == ip::address_v4::broadcast();
}

} // namespace

ip::address destination_address(const ip::address& of) {
    const auto plain = plain_address(of);
    if (!plain.is_unspecified()) return plain;
    return plain.is_v4() ? ip::address(ip::address_v4::loopback()) : ip::address(ip::address_v6::loopback());
}

std::optional<std::string> normal_host(std::string_view host) {
    std::string out(host);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (out.ends_with('.')) out.pop_back();
    if (out.empty() || out.ends_with('.') || !std::ranges::all_of(out, is_host_byte)) return std::nullopt;
    return out;
}

std::optional<ip::address> numeric_address(const std::string& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST;
    addrinfo* found = nullptr;
    if (::getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return std::nullopt;
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
    ip::tcp::endpoint e;
    if (all->ai_addrlen > e.capacity()) return std::nullopt;
    std::memcpy(e.data(), all->ai_addr, all->ai_addrlen);
    e.resize(all->ai_addrlen);
    return e.address();
}

// --- one rule --------------------------------------------------------------------------------------------------------

std::optional<forward_rule> forward_rule::parse(std::string_view text) {
    forward_rule out;
    if (text.starts_with("unix:")) {
        out.kind_ = kind::socket;
        out.text_ = text.substr(5);
        if (!out.text_.starts_with('/')) return std::nullopt;
        return out;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || !out.parse_port(text.substr(colon + 1)) ||
        !out.parse_host(text.substr(0, colon)))
        return std::nullopt;
    return out;
}

bool forward_rule::parse_port(std::string_view text) {
    if (text == "*") return first_port_ = 0, last_port_ = last_of_all, true;
    const auto dash = text.find('-');
    const auto first = number_of(text.substr(0, dash), last_of_all);
    const auto last = dash == std::string_view::npos ? first : number_of(text.substr(dash + 1), last_of_all);
    if (!first || !last || *first > *last) return false;
    first_port_ = *first;
    last_port_ = *last;
    return true;
}

bool forward_rule::parse_host(std::string_view text) {
    if (text == "*") return kind_ = kind::any, true;
    if (text.starts_with('[')) {
        if (!text.ends_with(']')) return false;
        kind_ = kind::network;
        network_ = address_network::parse(text.substr(1, text.size() - 2));
        return network_.has_value();
    }
    if (text.find(':') != std::string_view::npos) return false; // IPv6 stands in brackets
    const bool wild = text.find_first_of("*?") != std::string_view::npos;
    const auto in_numbers = [](char c) {
        return is_digit(c) || std::string_view(".*?/").find(c) != std::string_view::npos;
    };
    // `*.*` names hosts, not every address.
    const bool numbers = std::ranges::all_of(text, in_numbers) && std::ranges::any_of(text, is_digit);
    if (numbers && !wild) {
        kind_ = kind::network;
        network_ = address_network::parse(text);
        return network_.has_value();
    }
    std::string plain(text);
    std::ranges::replace_if(plain, [](char c) { return c == '*' || c == '?'; }, 'x');
    auto name = normal_host(plain);
    if (!name) return false;
    text_ = text.substr(0, name->size());
    for (auto& c : text_)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    kind_ = !wild ? kind::name : numbers ? kind::address_pattern : kind::name_pattern;
    // 0x7f.1 is an address for the C library, and no name that a rule could be meant for.
    return kind_ != kind::name || !numeric_address(text_);
}

bool forward_rule::allows(std::string_view name, const ip::address& to, std::uint16_t port) const {
    if (!is_for(port)) return false;
    switch (kind_) {
    case kind::any: return true;
    case kind::network: return network_->contains(to);
    case kind::address_pattern: return to.is_v4() && proto::matches(text_, to.to_string());
    case kind::name: return name == text_;
    case kind::name_pattern: return !name.empty() && proto::matches(text_, name) && !is_inner(to);
    case kind::socket: break;
    }
    return false;
}

bool forward_rule::may_allow(std::string_view name, std::uint16_t port) const {
    if (!is_for(port) || kind_ == kind::socket) return false;
    if (kind_ == kind::name) return name == text_;
    if (kind_ == kind::name_pattern) return proto::matches(text_, name);
    return true;
}

bool forward_rule::allows_socket(std::string_view path) const {
    return kind_ == kind::socket && proto::matches(text_, path);
}

// --- all of them -----------------------------------------------------------------------------------------------------

forward_rules::forward_rules(const std::vector<std::string>& texts) {
    for (const auto& text : texts)
        if (auto rule = forward_rule::parse(text)) all_.push_back(std::move(*rule));
}

bool forward_rules::allows(std::string_view name, const ip::address& to, std::uint16_t port) const {
    return std::ranges::any_of(all_, [&](const auto& rule) { return rule.allows(name, to, port); });
}

bool forward_rules::may_allow(std::string_view name, std::uint16_t port) const {
    return std::ranges::any_of(all_, [&](const auto& rule) { return rule.may_allow(name, port); });
}

bool forward_rules::allows_socket(std::string_view path) const {
    return std::ranges::any_of(all_, [&](const auto& rule) { return rule.allows_socket(path); });
}

} // namespace tug::service

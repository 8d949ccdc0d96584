// Host and port: which addresses a client may mean.

#include "tunnels/places.hpp"

#include <tug/net/name_lookups.hpp>
#include <tug/os/path_text.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace ip = boost::asio::ip;

namespace {

proto::failure lookup_failure(const std::string& host, proto::failure why) {
    why.message = os::quoted_start(host) + ": " + why.message;
    return why;
}

/// In the form that is compared, each once.
net::ip_addresses in_one_form(const net::ip_addresses& found, tunnel_direction direction) {
    net::ip_addresses out;
    for (const auto& a : found) {
        auto form = direction == tunnel_direction::connect ? destination_address(a) : plain_address(a);
        if (std::ranges::find(out, form) == out.end()) out.push_back(std::move(form));
    }
    return out;
}

} // namespace

forward_rules rules_for(const context& shared, const caller& who, tunnel_direction direction) {
    const bool connects = direction == tunnel_direction::connect;
    if (who.rules) return forward_rules(connects ? who.rules->connect : who.rules->listen);
    return forward_rules(connects ? shared.settings.allow_connect : shared.settings.allow_listen);
}

proto::failure place_denied(const caller& who, const std::string& place, tunnel_direction direction) {
    const bool connects = direction == tunnel_direction::connect;
    const std::string what = connects ? "connect to " : "listen at ";
    const std::string field = connects ? "connect=" : "listen=";
    proto::failure why(proto::errc::permission_denied);
    if (who.rules)
        why.message = "the key " + os::quoted_start(who.key_id) + " may not " + what + os::quoted_start(place) +
                      ": no " + field + " of its line in the server's key file allows it";
    else
        why.message = "this server lets no client " + what + os::quoted_start(place) + ": no --allow-" +
                      (connects ? "connect" : "listen") + " of tugd names it";
    why.need = name_of(permission::forward);
    return why;
}

asio::awaitable<proto::result<net::endpoints>>
allowed_addresses(context& shared, call& c, const proto::forward_place& place, tunnel_direction direction) {
    const auto host = normal_host(place.host);
    if (!host) co_return proto::failure::bad_field("host", "is neither a name nor an address");
    const auto rules = rules_for(shared, c.who(), direction);
    const auto port = static_cast<std::uint16_t>(*place.port);
    const auto number = numeric_address(*host);
    const std::string name = number ? std::string() : *host;
    net::ip_addresses found;
    if (number) {
        found.push_back(*number);
    } else if (rules.may_allow(name, port)) {
        auto ask = net::name_lookups::of_process().find(name);
        auto answered = co_await c.unless_stopped(std::move(ask));
        if (!answered) co_return failure_of(c.why_cancelled());
        if (!*answered) co_return lookup_failure(name, answered->error());
        found = std::move(**answered);
    }
    net::endpoints out;
    for (const auto& a : in_one_form(found, direction))
        if (rules.allows(name, a, port)) out.emplace_back(ip::tcp::endpoint(a, port));
    if (out.empty()) co_return place_denied(c.who(), place.to_string(), direction);
    co_return out;
}

} // namespace tug::service

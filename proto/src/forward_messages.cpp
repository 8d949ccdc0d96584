#include "tug/proto/forward_messages.hpp"

#include "described_members.hpp"

#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr bytes_kind host_kind{1, max_host};
constexpr bytes_kind socket_path_kind{1, max_path};

/// Params that are a place and a timeout.
struct place_members {
    std::optional<std::string> host;
    std::optional<std::uint64_t> port;
    std::optional<std::string> unix_path;
    std::optional<std::uint64_t> timeout_ms;
};

constexpr auto members_with_port_from(std::uint64_t lowest) {
    using t = place_members;
    return std::tuple(member("host", &t::host, host_kind), member("port", &t::port, count_kind{lowest, 65'535}),
                      member("unix", &t::unix_path, socket_path_kind), timeout_member<t>());
}

constexpr auto connect_members = members_with_port_from(1);
constexpr auto listen_members = members_with_port_from(0);

json::object write(const forward_place& place, std::optional<std::uint64_t> timeout_ms) {
    place_members m;
    if (!place.unix_path) m.host = place.host;
    m.port = place.port;
    m.unix_path = place.unix_path;
    m.timeout_ms = timeout_ms;
    return write_members(m, listen_members);
}

template <class Members>
std::optional<failure> read(const json::object& params, forward_place& place, std::optional<std::uint64_t>& timeout_ms,
                            const Members& members) {
    member_reader in(params);
    place_members m;
    read_members(in, m, members);
    if (auto wrong = in.finish()) return wrong;
    place.host = std::move(m.host).value_or("");
    place.port = m.port;
    place.unix_path = std::move(m.unix_path);
    timeout_ms = m.timeout_ms;
    return place.wrong();
}

std::vector<stream_spec> tunnel_streams() {
    std::vector<stream_spec> out;
    out.emplace_back("in", direction::to_server);
    out.emplace_back("out", direction::to_client);
    return out;
}

} // namespace

template <>
struct members_of<forward_accept_params> {
    using t = forward_accept_params;
    static constexpr auto value =
        std::tuple(member("listen", &t::listen, call_id_kind(), presence::required),
                   member("connection", &t::connection, count_kind(), presence::required), timeout_member<t>());
};

template <>
struct members_of<forward_result> {
    using t = forward_result;
    static constexpr auto value = std::tuple(member("sent", &t::sent, count_kind(), presence::required),
                                             member("received", &t::received, count_kind(), presence::required));
};

template <>
struct members_of<forward_listen_result> {
    using t = forward_listen_result;
    static constexpr auto value = std::tuple(member("connections", &t::connections, count_kind(), presence::required),
                                             member("accepted", &t::accepted, count_kind(), presence::required));
};

template <>
struct members_of<forward_listen_line> {
    using t = forward_listen_line;
    static constexpr auto value =
        std::tuple(member("listening", &t::listening, text_kind()), member("connection", &t::connection, count_kind()),
                   member("peer", &t::peer, text_kind()));
};

template struct described_params<forward_accept_params>;
template struct described_result<forward_result>;
template struct described_result<forward_listen_result>;
template struct described_result<forward_listen_line>;

std::optional<failure> forward_place::wrong() const {
    if (unix_path) {
        if (!host.empty() || port) return failure::bad_field("unix", "stands beside a host or a port");
        return std::nullopt;
    }
    if (host.empty()) return failure::bad_field("host", "is missing, and unix too");
    if (!port) return failure::bad_field("port", "is missing");
    return std::nullopt;
}

std::string forward_place::to_string() const {
    if (unix_path) return "unix:" + *unix_path;
    const bool v6 = host.find(':') != std::string::npos;
    return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port.value_or(0));
}

json::object forward_connect_params::to_json() const {
    return write(to, timeout_ms);
}

result<forward_connect_params> forward_connect_params::parse(const json::object& params) {
    forward_connect_params out;
    if (auto wrong = read(params, out.to, out.timeout_ms, connect_members)) return std::move(*wrong);
    return out;
}

json::array forward_connect_params::describe() {
    return describe_params(connect_members);
}

std::vector<stream_spec> forward_connect_params::streams() const {
    return tunnel_streams();
}

json::object forward_listen_params::to_json() const {
    return write(at, timeout_ms);
}

result<forward_listen_params> forward_listen_params::parse(const json::object& params) {
    forward_listen_params out;
    if (auto wrong = read(params, out.at, out.timeout_ms, listen_members)) return std::move(*wrong);
    return out;
}

json::array forward_listen_params::describe() {
    return describe_params(listen_members);
}

std::vector<stream_spec> forward_listen_params::streams() const {
    std::vector<stream_spec> out;
    out.emplace_back("connections", direction::to_client);
    return out;
}

std::vector<stream_spec> forward_accept_params::streams() const {
    return tunnel_streams();
}

} // namespace tug::proto

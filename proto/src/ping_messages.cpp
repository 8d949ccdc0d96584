#include "tug/proto/ping_messages.hpp"

#include "tug/proto/member_kinds.hpp"

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr auto ping_members =
    std::tuple(member("payload", &ping_params::payload, text_view_kind()), timeout_member<ping_params>());

constexpr auto discover_members = std::tuple(timeout_member<discover_params>());

} // namespace

json::object ping_params::to_json() const {
    return write_members(*this, ping_members);
}

result<ping_params> ping_params::parse(const json::object& from) {
    return parse_strictly<ping_params>(from, ping_members);
}

json::array ping_params::describe() {
    return describe_params(ping_members);
}

result<discover_params> discover_params::parse(const json::object& from) {
    return parse_strictly<discover_params>(from, discover_members);
}

json::array discover_params::describe() {
    return describe_params(discover_members);
}

} // namespace tug::proto

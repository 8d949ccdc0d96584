#include "tug/proto/members.hpp"

#include <boost/json/monotonic_resource.hpp>

namespace tug::proto {

boost::json::storage_ptr memory_of_message() {
    return boost::json::make_shared_resource<boost::json::monotonic_resource>();
}

} // namespace tug::proto

namespace tug::proto::detail {

namespace json = boost::json;

void describe_param(json::array& out, std::string_view name, presence when, json::object schema) {
    out.push_back({{"name", name}, {"required", when == presence::required}, {"schema", std::move(schema)}});
}

void describe_property(json::object& properties, json::array& required, std::string_view name, presence when,
                       json::object schema) {
    properties[name] = std::move(schema);
    if (when == presence::required) required.emplace_back(name);
}

json::object object_schema(json::object properties, json::array required) {
    json::object out{{"type", "object"}, {"properties", std::move(properties)}};
    if (!required.empty()) out["required"] = std::move(required);
    return out;
}

} // namespace tug::proto::detail

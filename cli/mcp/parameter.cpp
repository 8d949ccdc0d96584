#include "parameter.hpp"

#include <boost/json/array.hpp>

#include <string>

namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

json::object type_named(std::string_view name) {
    return {{"type", name}};
}

json::object type_of(const parameter& p) {
    switch (p.what) {
    case parameter::kind::flag: return type_named("boolean");
    case parameter::kind::texts: return {{"type", "array"}, {"items", type_named("string")}};
    case parameter::kind::text_map: return {{"type", "object"}, {"additionalProperties", type_named("string")}};
    case parameter::kind::whole: {
        auto out = type_named("integer");
        out["minimum"] = p.least;
        if (p.most != INT64_MAX) out["maximum"] = p.most;
        return out;
    }
    case parameter::kind::choice: {
        json::array names;
        for (const auto one : p.choices) names.emplace_back(one);
        auto out = type_named("string");
        out["enum"] = std::move(names);
        return out;
    }
    case parameter::kind::text:
    case parameter::kind::bytes: break;
    }
    return type_named("string");
}

} // namespace

json::object schema_of(std::span<const parameter> parameters) {
    json::object properties;
    json::array needed;
    for (const auto& p : parameters) {
        auto type = type_of(p);
        if (!p.description.empty()) type["description"] = p.description;
        properties[p.name] = std::move(type);
        if (p.what == parameter::kind::bytes) properties[std::string(p.name) + "_base64"] = type_named("string");
        if (p.is_needed) needed.emplace_back(p.name);
    }
    json::object out{{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
    if (!needed.empty()) out["required"] = std::move(needed);
    return out;
}

} // namespace tug::cli::mcp

#include "tug/proto/member_kinds.hpp"

#include <boost/json/array.hpp>

namespace tug::proto {

namespace json = boost::json;

namespace {

/// A string, or the object of bytes.hpp.
json::object bytes_schema() {
    const json::object text{{"type", "string"}};
    const json::object encoded{{"type", "object"},
                               {"properties", json::object{{"base64", text}}},
                               {"required", json::array{"base64"}},
                               {"additionalProperties", false}};
    return {{"oneOf", json::array{text, encoded}}};
}

} // namespace

std::optional<std::string> bytes_kind::read(member_reader& in, std::string_view name) const {
    auto found = in.bytes(name);
    if (found && (found->size() < lowest || found->size() > highest))
        in.fail(name, "is not " + std::to_string(lowest) + " to " + std::to_string(highest) + " bytes long");
    return found;
}

json::object bytes_kind::schema() const {
    auto out = bytes_schema();
    if (highest == std::numeric_limits<std::size_t>::max()) return out;
    auto& text = out["oneOf"].as_array().front().as_object();
    text["minLength"] = lowest;
    text["maxLength"] = highest;
    return out;
}

json::value byte_list_kind::write(const std::vector<std::string>& v, json::storage_ptr memory) const {
    json::array out(std::move(memory));
    out.reserve(v.size());
    for (const auto& item : v) out.push_back(bytes_to_json(item, out.storage()));
    return out;
}

json::object byte_list_kind::schema() const {
    return {{"type", "array"}, {"minItems", 1}, {"maxItems", most}, {"items", bytes_schema()}};
}

std::optional<call_id> call_id_kind::read(member_reader& in, std::string_view name) const {
    const auto* v = in.any(name);
    if (!v) return std::nullopt;
    auto id = call_id::from(*v);
    if (!id) in.fail(name, "is not the id of a call");
    return id;
}

json::object call_id_kind::schema() const {
    return {{"type", json::array{"integer", "string"}}};
}

} // namespace tug::proto

#include "message.hpp"

#include <utility>

namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

message invalid(std::string_view why, const json::value& id = nullptr) {
    message out;
    out.id = id;
    out.wrong = why;
    return out;
}

bool is_id(const json::value& id) {
    return id.is_string() || id.is_int64() || id.is_uint64();
}

json::object envelope() {
    return {{"jsonrpc", "2.0"}};
}

} // namespace

message message::from(const json::value& text) {
    const auto* members = text.if_object();
    if (members == nullptr) return invalid("a message is an object");
    const auto* const version = members->if_contains("jsonrpc");
    if (version == nullptr || !version->is_string() || version->as_string() != "2.0")
        return invalid("\"jsonrpc\" has to be \"2.0\"");
    message out;
    const auto* const id = members->if_contains("id");
    const auto* const method = members->if_contains("method");
    if (method == nullptr) {
        if (id == nullptr || (!members->contains("result") && !members->contains("error")))
            return invalid("there is no method");
        out.what = kind::response;
        return out;
    }
    if (id != nullptr && !is_id(*id)) return invalid("the id has to be a string or an integer");
    if (id != nullptr) out.id = *id;
    if (!method->is_string()) return invalid("the method has to be a string", out.id);
    const auto* const params = members->if_contains("params");
    if (params != nullptr && !params->is_object()) return invalid("the params have to be an object", out.id);
    if (params != nullptr) out.params = params->as_object();
    out.method = method->as_string();
    out.what = id == nullptr ? kind::notification : kind::request;
    return out;
}

json::object answer(const json::value& id, json::object result) {
    auto out = envelope();
    out["id"] = id;
    out["result"] = std::move(result);
    return out;
}

json::object refusal(const json::value& id, int code, std::string_view why) {
    auto out = envelope();
    out["id"] = id;
    out["error"] = json::object{{"code", code}, {"message", why}};
    return out;
}

json::object notification(std::string_view method, json::object params) {
    auto out = envelope();
    out["method"] = method;
    out["params"] = std::move(params);
    return out;
}

} // namespace tug::cli::mcp

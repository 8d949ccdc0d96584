#include "shared_ids.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace tug::detail {

namespace json = boost::json;

namespace {

constexpr unsigned id_bits = 32;

/// Whose params name a call by `call`; `forward.accept` names one by `listen`.
constexpr std::array<std::string_view, 6> names_a_call{"rpc.data",   "rpc.credit",  "rpc.stop",
                                                       "rpc.cancel", "exec.signal", "exec.resize"};

std::optional<std::uint64_t> number_of(const json::value& v) {
    if (v.is_uint64()) return v.get_uint64();
    if (v.is_int64() && v.get_int64() >= 0) return static_cast<std::uint64_t>(v.get_int64());
    return std::nullopt;
}

bool mark(json::value& id, std::uint32_t client) {
    const auto own = number_of(id);
    if (!own || *own >> id_bits != 0) return false;
    id = std::uint64_t{client} << id_bits | *own;
    return true;
}

bool mark_all(json::value& ids, std::uint32_t client) {
    auto* list = ids.if_array();
    return list != nullptr && std::ranges::all_of(*list, [&](json::value& id) { return mark(id, client); });
}

/// The client of an id that is marked, which is its own again afterwards.
std::optional<std::uint32_t> unmark(json::value& id) {
    const auto marked = number_of(id);
    if (!marked) return std::nullopt;
    id = *marked & ((std::uint64_t{1} << id_bits) - 1);
    return static_cast<std::uint32_t>(*marked >> id_bits);
}

json::value* member(json::object* of, std::string_view name) {
    return of == nullptr ? nullptr : of->if_contains(name);
}

json::object* object_in(json::object* of, std::string_view name) {
    auto* const value = member(of, name);
    return value == nullptr ? nullptr : value->if_object();
}

} // namespace

outgoing to_server(json::object& envelope, std::uint32_t client) {
    outgoing out;
    const auto* const method = envelope.if_contains("method");
    if (method == nullptr || !method->is_string()) return out;
    const std::string_view name = method->get_string();
    auto* const params = object_in(&envelope, "params");
    const bool calls = std::ranges::find(names_a_call, name) != names_a_call.end();
    if (auto* call = member(params, "call"); calls && call != nullptr && !mark(*call, client)) return out;
    if (auto* listen = member(params, "listen");
        name == "forward.accept" && listen != nullptr && !mark(*listen, client))
        return out;
    if (auto* after = member(params, "after"); after != nullptr && !mark_all(*after, client)) return out;
    if (auto* id = envelope.if_contains("id")) {
        if (!mark(*id, client)) return out;
        out.begins = id->get_uint64();
    }
    out.passed = true;
    return out;
}

incoming to_client(json::object& envelope) {
    incoming out;
    auto* const data = object_in(object_in(&envelope, "error"), "data");
    if (auto* call = member(data, "call")) out.client = unmark(*call);
    if (auto* call = member(object_in(&envelope, "params"), "call")) out.client = unmark(*call);
    if (auto* id = envelope.if_contains("id"); id != nullptr && !id->is_null()) {
        out.ends = number_of(*id);
        out.client = unmark(*id);
    }
    return out;
}

} // namespace tug::detail

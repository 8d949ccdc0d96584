#include "tug/proto/trace_context.hpp"

#include <algorithm>

namespace tug::proto {

namespace {

constexpr std::size_t longest_state = 512; ///< What every implementation passes on.

bool is_hex(std::string_view text) noexcept {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool all_zero(std::string_view text) noexcept {
    return text.find_first_not_of('0') == std::string_view::npos;
}

/// 00-<32 hex>-<16 hex>-<2 hex>; a later version may have more behind another dash.
bool is_traceparent(std::string_view text) noexcept {
    constexpr std::size_t size = 55;
    if (text.size() < size || text.size() > longest_state) return false;
    const auto version = text.substr(0, 2);
    const auto trace = text.substr(3, 32);
    const auto parent = text.substr(36, 16);
    if (text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
    if (!is_hex(version) || !is_hex(trace) || !is_hex(parent) || !is_hex(text.substr(53, 2))) return false;
    if (version == "ff" || all_zero(trace) || all_zero(parent)) return false;
    if (text.size() == size) return true;
    return version != "00" && text[size] == '-' &&
           std::ranges::all_of(text.substr(size), [](char c) { return c > ' ' && c <= '~'; });
}

/// key=value, with commas between.
bool is_tracestate(std::string_view text) noexcept {
    if (text.empty() || text.size() > longest_state) return false;
    return text.find('=') != std::string_view::npos &&
           std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string_view text_of(const boost::json::object& from, std::string_view name) {
    const auto* v = from.if_contains(name);
    const auto* s = v ? v->if_string() : nullptr;
    return s ? std::string_view(*s) : std::string_view();
}

} // namespace

std::optional<trace_context> trace_context::from(std::string_view traceparent, std::string_view tracestate) {
    if (!is_traceparent(traceparent)) return std::nullopt;
    trace_context out;
    out.traceparent = traceparent;
    if (is_tracestate(tracestate)) out.tracestate = tracestate;
    return out;
}

std::optional<trace_context> trace_context::from(const boost::json::value* meta) {
    const auto* members = meta ? meta->if_object() : nullptr;
    if (!members) return std::nullopt;
    return from(text_of(*members, "traceparent"), text_of(*members, "tracestate"));
}

boost::json::object trace_context::to_json() const {
    boost::json::object out{{"traceparent", traceparent}};
    if (!tracestate.empty()) out["tracestate"] = tracestate;
    return out;
}

} // namespace tug::proto

#include "job_record.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace tug::worker {

namespace json = boost::json;

namespace {

constexpr std::array<std::string_view, 5> state_names{"assigned", "started", "ended", "failed", "unknown"};
constexpr std::array<std::string_view, 4> more_names{"result", "tail", "out", "error"};

std::string text_of(const json::object& from, std::string_view name) {
    const auto* const value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::uint64_t number_of(const json::object& from, std::string_view name) {
    const auto* const value = from.if_contains(name);
    boost::system::error_code ec;
    const auto out = value ? value->to_number<std::uint64_t>(ec) : 0;
    return ec ? 0 : out;
}

} // namespace

std::string_view name_of(record_state state) noexcept {
    return state_names.at(static_cast<std::size_t>(state));
}

std::string job_record::to_text() const {
    json::object out = more;
    out["state"] = name_of(state);
    out["host"] = host;
    out["owner"] = owner;
    out["claims"] = claims;
    out["message"] = message;
    return json::serialize(out);
}

result<job_record> job_record::parse(std::string_view text) {
    boost::system::error_code ec;
    const auto value = json::parse(text, ec);
    const auto* const members = ec ? nullptr : value.if_object();
    const auto state = members ? std::ranges::find(state_names, text_of(*members, "state")) : state_names.end();
    if (state == state_names.end()) return failure(errc::parse_error, "the record of a job cannot be read");
    job_record out;
    out.state = static_cast<record_state>(state - state_names.begin());
    out.host = text_of(*members, "host");
    out.owner = text_of(*members, "owner");
    out.claims = number_of(*members, "claims");
    out.message = number_of(*members, "message");
    for (const auto name : more_names)
        if (const auto* const there = members->if_contains(name)) out.more[name] = *there;
    return out;
}

json::object failure_object(const failure& why) {
    json::object out{{"name", name_of(why.code)}, {"message", why.message}};
    if (!why.field.empty()) out["field"] = why.field;
    if (!why.os_error.empty()) out["os_error"] = why.os_error;
    return out;
}

} // namespace tug::worker

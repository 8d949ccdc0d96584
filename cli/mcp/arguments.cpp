#include "arguments.hpp"

#include <tug/bytes.hpp>
#include <tug/error.hpp>

#include <algorithm>
#include <utility>

namespace json = boost::json;

namespace tug::cli::mcp {

namespace {

constexpr std::string_view base64_suffix = "_base64";

bool is_text(const json::value& given) {
    return given.is_string();
}

/// 5.0 is the number 5 to programs that have one type of numbers alone.
std::optional<std::uint64_t> whole_number_in(const json::value& given) {
    if (!given.is_number()) return std::nullopt;
    boost::system::error_code inexact;
    const auto value = given.to_number<std::uint64_t>(inexact);
    if (inexact) return std::nullopt;
    return value;
}

bool is_within(const json::value& given, const parameter& p) {
    const auto value = whole_number_in(given);
    return value && *value >= p.least && *value <= p.most;
}

bool is_choice(const json::value& given, const parameter& p) {
    if (!given.is_string()) return false;
    const std::string_view text(given.get_string().data(), given.get_string().size());
    return std::ranges::find(p.choices, text) != p.choices.end();
}

bool are_texts(const json::value& given) {
    return given.is_array() && std::ranges::all_of(given.get_array(), is_text);
}

bool are_named_texts(const json::value& given) {
    const auto has_text = [](const json::key_value_pair& member) { return is_text(member.value()); };
    return given.is_object() && std::ranges::all_of(given.get_object(), has_text);
}

std::string joined(std::span<const std::string_view> names) {
    std::string out;
    for (const auto one : names) out.append(out.empty() ? "" : ", ").append(one);
    return out;
}

/// What is wrong with it; nothing where it is what the parameter allows.
std::string wrong_with(const json::value& given, const parameter& p) {
    switch (p.what) {
    case parameter::kind::text:
    case parameter::kind::bytes: return is_text(given) ? "" : "it has to be a string";
    case parameter::kind::flag: return given.is_bool() ? "" : "it has to be true or false";
    case parameter::kind::texts: return are_texts(given) ? "" : "it has to be an array of strings";
    case parameter::kind::text_map: return are_named_texts(given) ? "" : "it has to be an object of strings";
    case parameter::kind::choice: return is_choice(given, p) ? "" : "it has to be one of " + joined(p.choices);
    case parameter::kind::whole: break;
    }
    if (is_within(given, p)) return "";
    return "it has to be a whole number from " + std::to_string(p.least) + " to " + std::to_string(p.most);
}

const parameter* parameter_of(std::string_view argument, std::span<const parameter> all) {
    const auto found = std::ranges::find_if(all, [&](const parameter& p) {
        if (p.name == argument) return true;
        return p.what == parameter::kind::bytes && argument.starts_with(p.name) &&
               argument.substr(p.name.size()) == base64_suffix;
    });
    return found == all.end() ? nullptr : &*found;
}

} // namespace

void wrong_argument(std::string_view name, std::string_view why) {
    failure f(errc::invalid_params, std::string(name) + ": " + std::string(why));
    f.field = name;
    throw error(std::move(f));
}

arguments::arguments(json::object given, std::span<const parameter> of) : given_(std::move(given)), of_(of) {
    for (const auto& member : given_) {
        const auto* const p = parameter_of(member.key(), of_);
        if (p == nullptr) wrong_argument(member.key(), "this tool has no such argument");
        if (member.value().is_null()) continue;
        if (const auto why = wrong_with(member.value(), *p); !why.empty()) wrong_argument(member.key(), why);
    }
    for (const auto& p : of_)
        if (p.is_needed && find(p.name) == nullptr) wrong_argument(p.name, "it is missing");
}

const json::value* arguments::find(std::string_view name) const {
    const auto* const found = given_.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<std::string> arguments::text(std::string_view name) const {
    const auto* const found = find(name);
    if (found == nullptr) return std::nullopt;
    return std::string(found->as_string());
}

std::string arguments::needed_text(std::string_view name) const {
    return text(name).value();
}

std::optional<std::uint64_t> arguments::number(std::string_view name) const {
    const auto* const found = find(name);
    return found == nullptr ? std::nullopt : whole_number_in(*found);
}

bool arguments::flag(std::string_view name, bool usual) const {
    const auto* const found = find(name);
    return found == nullptr ? usual : found->as_bool();
}

std::optional<std::vector<std::string>> arguments::texts(std::string_view name) const {
    const auto* const found = find(name);
    if (found == nullptr) return std::nullopt;
    std::vector<std::string> out;
    for (const auto& item : found->as_array()) out.emplace_back(item.as_string());
    return out;
}

std::map<std::string, std::string> arguments::text_map(std::string_view name) const {
    std::map<std::string, std::string> out;
    if (const auto* const found = find(name))
        for (const auto& [key, value] : found->as_object()) out.emplace(key, value.as_string());
    return out;
}

std::string arguments::choice(std::string_view name) const {
    if (auto given = text(name)) return std::move(*given);
    return std::string(parameter_of(name, of_)->choices.front());
}

std::optional<std::string> arguments::bytes(std::string_view name) const {
    const auto encoded_name = std::string(name) + std::string(base64_suffix);
    auto plain = text(name);
    const auto encoded = text(encoded_name);
    if (plain && encoded) wrong_argument(encoded_name, "give either it or " + std::string(name));
    if (!encoded) return plain;
    const auto decoded = base64_decode(*encoded);
    if (!decoded) wrong_argument(encoded_name, "it is no base64");
    return std::string(reinterpret_cast<const char*>(decoded->data()), decoded->size());
}

} // namespace tug::cli::mcp

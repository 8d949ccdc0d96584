#include "arguments.hpp"

#include "cli/report.hpp"

#include <tug/bytes.hpp>
#include <tug/error.hpp>

#include <algorithm>

namespace json = boost::json;

namespace tug::cli::mcp {

void wrong_argument(std::string_view name, std::string_view why) {
    failure f(errc::invalid_params, std::string(name) + ": " + std::string(why));
    f.field = name;
    throw error(std::move(f));
}

const json::value* arguments::find(std::string_view name) {
    asked_.emplace(name);
    const auto* const found = given_.if_contains(name);
    return found == nullptr || found->is_null() ? nullptr : found;
}

std::optional<std::string> arguments::text(std::string_view name) {
    const auto* const found = find(name);
    if (found == nullptr) return std::nullopt;
    if (!found->is_string()) wrong_argument(name, "it has to be a string");
    return std::string(found->as_string());
}

std::string arguments::needed_text(std::string_view name) {
    auto found = text(name);
    if (!found) wrong_argument(name, "it is missing");
    return std::move(*found);
}

std::optional<std::uint64_t> arguments::number(std::string_view name, std::uint64_t least, std::uint64_t most) {
    const auto* const found = find(name);
    if (found == nullptr) return std::nullopt;
    boost::system::error_code inexact; // 5.0 is the number 5 to programs that have one type of numbers alone
    const auto value = found->is_number() ? found->to_number<std::uint64_t>(inexact) : 0;
    if (!found->is_number() || inexact || value < least || value > most)
        wrong_argument(name,
                       "it has to be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    return value;
}

bool arguments::flag(std::string_view name, bool usual) {
    const auto* const found = find(name);
    if (found == nullptr) return usual;
    if (!found->is_bool()) wrong_argument(name, "it has to be true or false");
    return found->as_bool();
}

std::optional<std::vector<std::string>> arguments::texts(std::string_view name) {
    const auto* const found = find(name);
    if (found == nullptr) return std::nullopt;
    const auto* const items = found->if_array();
    if (items == nullptr || !std::ranges::all_of(*items, [](const auto& item) { return item.is_string(); }))
        wrong_argument(name, "it has to be an array of strings");
    std::vector<std::string> out;
    for (const auto& item : *items) out.emplace_back(item.as_string());
    return out;
}

std::map<std::string, std::string> arguments::text_map(std::string_view name) {
    const auto* const found = find(name);
    std::map<std::string, std::string> out;
    if (found == nullptr) return out;
    if (!found->is_object()) wrong_argument(name, "it has to be an object of strings");
    for (const auto& [key, value] : found->as_object()) {
        if (!value.is_string()) wrong_argument(name, "it has to be an object of strings");
        out.emplace(key, value.as_string());
    }
    return out;
}

std::string arguments::choice(std::string_view name, const std::vector<std::string_view>& of) {
    auto given = text(name).value_or(std::string(of.front()));
    if (std::ranges::find(of, given) != of.end()) return given;
    std::string all;
    for (const auto one : of) all.append(all.empty() ? "" : ", ").append(one);
    wrong_argument(name, "it has to be one of " + all);
}

std::optional<std::string> arguments::bytes(std::string_view name) {
    const auto encoded_name = std::string(name) + "_base64";
    auto plain = text(name);
    const auto encoded = text(encoded_name);
    if (plain && encoded) wrong_argument(encoded_name, "give either it or " + std::string(name));
    if (!encoded) return plain;
    const auto decoded = base64_decode(*encoded);
    if (!decoded) wrong_argument(encoded_name, "it is no base64");
    return std::string(reinterpret_cast<const char*>(decoded->data()), decoded->size());
}

void arguments::refuse_others() const {
    for (const auto& member : given_)
        if (!asked_.contains(std::string_view(member.key())))
            wrong_argument(member.key(), "this tool has no such argument");
}

} // namespace tug::cli::mcp

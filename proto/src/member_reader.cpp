#include "tug/proto/member_reader.hpp"

#include "tug/proto/bytes.hpp"

#include <algorithm>

namespace tug::proto {

namespace json = boost::json;

const json::value* member_reader::any(std::string_view name) {
    known_.emplace_back(name.data(), name.size()); // hot: a copy of the view would wait for both halves to be stored
    if (wrong_) return nullptr;
    const auto* v = from_.if_contains(name);
    if (v) ++seen_;
    return v;
}

void member_reader::fail(std::string_view name, std::string_view why) {
    if (!wrong_) wrong_ = failure::bad_field(name, why);
}

std::optional<std::string_view> member_reader::view(std::string_view name) {
    const auto* v = any(name);
    if (!v) return std::nullopt;
    const auto* s = v->if_string();
    if (!s) return fail(name, "is no string"), std::nullopt;
    if (s->find('\0') != json::string::npos) return fail(name, "holds a NUL"), std::nullopt;
    return std::string_view(*s);
}

std::optional<std::string> member_reader::text(std::string_view name) {
    const auto found = view(name);
    return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::optional<bool> member_reader::flag(std::string_view name) {
    const auto* v = any(name);
    if (!v) return std::nullopt;
    if (!v->is_bool()) return fail(name, "is neither true nor false"), std::nullopt;
    return v->get_bool();
}

std::optional<std::uint64_t> member_reader::count(std::string_view name, std::uint64_t lowest, std::uint64_t highest) {
    const auto* v = any(name);
    if (!v) return std::nullopt;
    const auto* i = v->if_int64();
    if (!i || *i < 0 || static_cast<std::uint64_t>(*i) < lowest || static_cast<std::uint64_t>(*i) > highest) {
        fail(name, "is no integer from " + std::to_string(lowest) + " to " + std::to_string(highest));
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(*i);
}

std::optional<std::int64_t> member_reader::signed_integer(std::string_view name) {
    const auto* v = any(name);
    if (!v) return std::nullopt;
    const auto* i = v->if_int64();
    if (!i) return fail(name, "is no signed 64-bit integer"), std::nullopt;
    return *i;
}

const json::object* member_reader::object(std::string_view name) {
    const auto* v = any(name);
    if (!v) return nullptr;
    const auto* o = v->if_object();
    if (!o) fail(name, "is no object");
    return o;
}

std::optional<std::string> member_reader::bytes(std::string_view name) {
    const auto* v = any(name);
    if (!v) return std::nullopt;
    auto found = bytes_from_json(*v);
    if (!found) return fail(name, "is neither a string nor {\"base64\":\"…\"}"), std::nullopt;
    if (found->find('\0') != std::string::npos) return fail(name, "holds a NUL"), std::nullopt;
    return found;
}

std::optional<std::vector<std::string>> member_reader::byte_strings(std::string_view name, std::size_t most) {
    const auto* v = any(name);
    if (!v) return std::nullopt;
    const auto* items = v->if_array();
    if (!items) return fail(name, "is no array"), std::nullopt;
    if (items->empty() || items->size() > most) {
        fail(name, "has not 1 to " + std::to_string(most) + " items");
        return std::nullopt;
    }
    std::vector<std::string> out;
    out.reserve(items->size());
    for (const auto& item : *items) {
        auto found = bytes_from_json(item);
        if (!found) return fail(name, "has an item that is neither a string nor {\"base64\":\"…\"}"), std::nullopt;
        if (found->find('\0') != std::string::npos) return fail(name, "has an item with a NUL"), std::nullopt;
        out.push_back(std::move(*found));
    }
    return out;
}

std::optional<failure> member_reader::finish() {
    if (wrong_ || seen_ == from_.size()) return wrong_;
    for (const auto& member : from_)
        if (std::ranges::find(known_, std::string_view(member.key())) == known_.end()) {
            fail(member.key(), "is no parameter of this method");
            break;
        }
    return wrong_;
}

} // namespace tug::proto

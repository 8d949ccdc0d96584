#include "tug/proto/bytes.hpp"

#include "tug/proto/base64.hpp"

#include <boost/json/object.hpp>

#include <cstddef>
#include <span>
#include <utility>

namespace tug::proto {

namespace json = boost::json;

namespace {

constexpr std::string_view base64_member = "base64";

unsigned char at(std::string_view bytes, std::size_t i) noexcept {
    return static_cast<unsigned char>(bytes[i]);
}

/// The length of the UTF-8 sequence that the first byte begins, 0 where it begins none.
std::size_t announced_length(unsigned char first) noexcept {
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0; // a continuation, or overlong
    if (first < 0xe0) return 2;
    if (first < 0xf0) return 3;
    return first < 0xf5 ? 4 : 0;
}

/// Whether the second byte keeps the sequence short, no surrogate and in range.
bool fits(unsigned char first, unsigned char second) noexcept {
    if (first == 0xe0) return second >= 0xa0;
    if (first == 0xed) return second < 0xa0;
    if (first == 0xf0) return second >= 0x90;
    if (first == 0xf4) return second < 0x90;
    return true;
}

/// The length of the well-formed character at the front, 0 where there is none. Precondition: not empty.
std::size_t character_length(std::string_view bytes) noexcept {
    const auto first = at(bytes, 0);
    const auto length = announced_length(first);
    if (length == 0 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((at(bytes, i) & 0xc0) != 0x80) return 0;
    return length == 1 || fits(first, at(bytes, 1)) ? length : 0;
}

} // namespace

bool is_utf8(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
        const auto length = character_length(bytes);
        if (length == 0) return false;
        bytes.remove_prefix(length);
    }
    return true;
}

json::value bytes_to_json(std::string_view bytes, json::storage_ptr memory) {
    if (is_utf8(bytes)) return json::value(json::string_view(bytes.data(), bytes.size()), std::move(memory));
    json::object out(std::move(memory));
    out[base64_member] = base64_encode(std::as_bytes(std::span(bytes)));
    return out;
}

std::optional<std::string> bytes_from_json(const json::value& v) {
    if (const auto* text = v.if_string()) return std::string(*text);
    const auto* o = v.if_object();
    const auto* encoded = o && o->size() == 1 ? o->if_contains(base64_member) : nullptr;
    const auto* text = encoded ? encoded->if_string() : nullptr;
    const auto bytes = text ? base64_decode(*text) : std::nullopt;
    if (!bytes) return std::nullopt;
    return std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size());
}

std::string utf8_text(std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string out;
    out.reserve(bytes.size());
    while (!bytes.empty()) {
        const auto length = character_length(bytes);
        if (length == 0) {
            out.append("\\x").append(1, hex[at(bytes, 0) >> 4]).append(1, hex[at(bytes, 0) & 15U]);
            bytes.remove_prefix(1);
        } else {
            out.append(bytes.substr(0, length));
            bytes.remove_prefix(length);
        }
    }
    return out;
}

} // namespace tug::proto

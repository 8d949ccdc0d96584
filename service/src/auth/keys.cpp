#include "tug/service/keys.hpp"

#include "auth/key_fields.hpp"

#include <tug/os/private_file.hpp>
#include <tug/proto/base64.hpp>

#include <openssl/crypto.h>

#include <algorithm>

namespace tug::service {

namespace {

proto::failure bad(std::string why) {
    return {proto::errc::bad_key_file, std::move(why)};
}

proto::failure bad_line(std::size_t number, std::string_view why) {
    return bad("line " + std::to_string(number) + std::string(" ").append(why));
}

/// Takes the next word off the front of `text`.
std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    const auto word = text.substr(0, text.find_first_of(" \t"));
    text.remove_prefix(word.size());
    return word;
}

proto::result<permissions> parse_permissions(std::string_view text, std::size_t line) {
    permissions out;
    for (std::size_t at = 0; at <= text.size();) {
        const auto comma = std::min(text.find(',', at), text.size());
        const auto name = text.substr(at, comma - at);
        const auto p = proto::permission_from_name(name);
        if (!p) return bad_line(line, "has a permission that is none of exec, put, get, forward and audit");
        out.add(*p);
        at = comma + 1;
    }
    return out;
}

proto::result<std::pair<std::string, key_entry>> parse_line(std::string_view line, std::size_t number) {
    const auto id = next_word(line);
    const auto secret = next_word(line);
    const auto allowed = next_word(line);
    if (allowed.empty()) return bad_line(number, "is not `id base64-of-32-bytes permission,…`");
    if (!proto::is_key_id(id)) return bad_line(number, "has an id that is not 1 to 64 printable ASCII characters");
    auto bytes = proto::base64_decode(secret);
    if (!bytes || bytes->size() != proto::secret_key::size)
        return bad_line(number, "has a key that is not the base64 of 32 bytes");
    key_entry entry;
    entry.key = proto::secret_key(std::span<const std::byte, proto::secret_key::size>(*bytes));
    OPENSSL_cleanse(bytes->data(), bytes->size());
    const auto set = parse_permissions(allowed, number);
    if (!set) return set.error();
    entry.allowed = *set;
    for (auto field = next_word(line); !field.empty(); field = next_word(line))
        if (const auto wrong = add_field(entry.rules, field); !wrong.empty()) return bad_line(number, wrong);
    if (const auto wrong = wrong_together(entry); !wrong.empty()) return bad_line(number, wrong);
    return std::pair(std::string(id), std::move(entry));
}

} // namespace

permissions permissions::all() noexcept {
    permissions out;
    for (const auto p : proto::all_permissions) out.add(p);
    return out;
}

std::vector<std::string> permissions::names() const {
    std::vector<std::string> out;
    for (const auto p : proto::all_permissions)
        if (has(p)) out.emplace_back(name_of(p));
    return out;
}

proto::result<key_ring> parse_keys(std::string_view text) {
    key_ring out;
    std::size_t number = 0;
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        ++number;
        if (line.ends_with('\r')) line.remove_suffix(1);
        auto rest = line;
        if (const auto word = next_word(rest); word.empty() || word.starts_with('#')) continue;
        auto parsed = parse_line(line, number);
        if (!parsed) return parsed.error();
        if (!out.insert(std::move(*parsed)).second) return bad_line(number, "has the id of an earlier line");
    }
    if (out.empty()) return bad("there is no key in it");
    return out;
}

proto::result<key_ring> load_keys(const std::string& path, os::secret_readers others) {
    const auto text = os::read_private_file(path, proto::errc::bad_key_file, others);
    if (!text) return text.error();
    auto keys = parse_keys(text->view());
    if (!keys) return bad(path + ": " + keys.error().message);
    return keys;
}

} // namespace tug::service

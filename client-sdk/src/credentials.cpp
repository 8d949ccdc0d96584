#include <tug/credentials.hpp>

#include <tug/error.hpp>
#include <tug/os/private_file.hpp>
#include <tug/proto/auth.hpp>
#include <tug/proto/base64.hpp>

#include <openssl/crypto.h>

#include <algorithm>
#include <string_view>

namespace tug {

namespace {

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
    throw error(failure(errc::bad_key_file, std::string(path).append(" ").append(why)));
}

std::string_view next_word(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r"), text.size()));
    const auto word = text.substr(0, text.find_first_of(" \t\r"));
    text.remove_prefix(word.size());
    return word;
}

credentials parse_line(const std::string& path, std::string_view id, std::string_view rest, std::size_t number) {
    const auto line = "line " + std::to_string(number);
    if (!proto::is_key_id(id)) refuse(path, line + " has an id that is not 1 to 64 printable ASCII characters");
    auto bytes = proto::base64_decode(next_word(rest));
    const auto permissions = next_word(rest);
    if (!bytes || bytes->size() != proto::secret_key::size)
        refuse(path, line + " has a key that is not the base64 of 32 bytes");
    const proto::secret_key key{std::span<const std::byte, proto::secret_key::size>(*bytes)};
    OPENSSL_cleanse(bytes->data(), bytes->size());
    bool right = !permissions.empty();
    // What follows is for the server; only its shape is looked at.
    for (auto field = next_word(rest); !field.empty(); field = next_word(rest))
        right = right && field.find('=') != std::string_view::npos;
    if (!right) refuse(path, line + " is not `id base64-of-32-bytes permission,… name=value…`");
    return {std::string(id), key};
}

} // namespace

credentials credentials::from_file(const std::string& path, const std::optional<std::string>& key_id,
                                   secret_readers others) {
    const auto whole = os::read_private_file(path, errc::bad_key_file, others);
    if (!whole) throw error(whole.error());
    std::string_view left = whole->view();
    for (std::size_t number = 1; !left.empty(); ++number) {
        auto line = left.substr(0, left.find('\n'));
        left.remove_prefix(std::min(line.size() + 1, left.size()));
        const auto id = next_word(line);
        if (id.empty() || id.starts_with('#') || (key_id && id != *key_id)) continue;
        return parse_line(path, id, line, number);
    }
    refuse(path, key_id ? "has no key of the id \"" + *key_id + "\"" : std::string("holds no key"));
}

} // namespace tug

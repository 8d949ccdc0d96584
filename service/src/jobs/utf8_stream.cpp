#include "jobs/utf8_stream.hpp"

#include <tug/proto/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace tug::service {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd";

/// How many bytes a character has that begins so; 1 for what begins none.
std::size_t length_of(char first) noexcept {
    const auto byte = static_cast<unsigned char>(first);
    if (byte >= 0xf0 && byte < 0xf5) return 4;
    if (byte >= 0xe0 && byte < 0xf0) return 3;
    return byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
}

bool continues(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
}

} // namespace

std::string utf8_stream::take(std::string_view bytes) {
    auto joined = std::exchange(cut_, {}).append(bytes);
    if (proto::is_utf8(joined)) return joined;
    std::string out;
    for (std::string_view rest = joined; !rest.empty();) {
        const auto length = length_of(rest.front());
        const auto character = rest.substr(0, length);
        if (character.size() < length && std::ranges::all_of(character.substr(1), continues)) {
            cut_ = character;
            break;
        }
        const bool whole = proto::is_utf8(character);
        out += whole ? character : replacement;
        rest.remove_prefix(whole ? length : 1);
    }
    return out;
}

std::string utf8_stream::finish() {
    return std::exchange(cut_, {}).empty() ? std::string() : std::string(replacement);
}

} // namespace tug::service

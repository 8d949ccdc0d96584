#include "tug/os/escape.hpp"

#include <tug/proto/bytes.hpp>

#include <algorithm>

namespace tug::os {

namespace {

/// The next character of a text in UTF-8; empty where what stands there is none.
std::string_view next_character(std::string_view text) {
    for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size)
        if (proto::is_utf8(text.substr(0, size))) return text.substr(0, size);
    return {};
}

bool is_control(std::string_view character) {
    const auto byte = static_cast<unsigned char>(character.front());
    if (character.size() == 1) return byte < 0x20 || byte == 0x7f;
    return byte == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0; // C1
}

std::string octal(std::string_view bytes) {
    std::string text;
    for (const char c : bytes) {
        text += '\\';
        for (int shift = 6; shift >= 0; shift -= 3)
            text += static_cast<char>('0' + ((static_cast<unsigned char>(c) >> shift) & 7));
    }
    return text;
}

} // namespace

std::string printable(std::string_view text) {
    std::string line;
    while (!text.empty()) {
        const auto character = next_character(text);
        const auto size = std::max<std::size_t>(1, character.size());
        if (character.empty()) {
            line += octal(text.substr(0, size));
        } else {
            line += is_control(character) ? "?" : character;
        }
        text.remove_prefix(size);
    }
    return line;
}

std::string quoted_name(std::string_view name) {
    std::string out;
    std::string_view now; // what has opened the quotes
    const auto within = [&](std::string_view quotes) {
        if (now == quotes) return;
        if (!now.empty()) out += '\'';
        out += now = quotes;
    };
    if (name.empty()) within("'");
    while (!name.empty()) {
        const auto character = next_character(name);
        const auto size = std::max<std::size_t>(1, character.size());
        if (character.empty() || is_control(character)) {
            within("$'");
            out += octal(name.substr(0, size));
        } else {
            within("'");
            out += character == "'" ? "'\\''" : character;
        }
        name.remove_prefix(size);
    }
    return out += '\'';
}

std::string harmless(std::string_view json) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(json.size());
    while (!json.empty()) {
        const bool c1 = json.size() > 1 && json[0] == '\xc2' && is_control(json.substr(0, 2));
        const auto control = static_cast<unsigned char>(json[c1 ? 1 : 0]);
        if (c1 || control == 0x7f) {
            out.append("\\u00").append({digits[control >> 4U], digits[control & 0xfU]});
        } else {
            out += json[0];
        }
        json.remove_prefix(c1 ? 2 : 1);
    }
    return out;
}

} // namespace tug::os

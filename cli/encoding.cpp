#include "encoding.hpp"

#include <cstddef>

namespace tug::cli {

namespace {

unsigned char at(std::string_view bytes, std::size_t i) {
    return static_cast<unsigned char>(bytes[i]);
}

/// The length of the UTF-8 sequence that the first byte begins, 0 where it begins none.
std::size_t sequence_length(unsigned char first) {
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0; // a continuation, or overlong
    if (first < 0xe0) return 2;
    if (first < 0xf0) return 3;
    return first < 0xf5 ? 4 : 0;
}

/// Whether the second byte keeps the sequence short, no surrogate and in range.
bool fits(unsigned char first, unsigned char second) {
    if (first == 0xe0) return second >= 0xa0;
    if (first == 0xed) return second < 0xa0;
    if (first == 0xf0) return second >= 0x90;
    if (first == 0xf4) return second < 0x90;
    return true;
}

} // namespace

std::string base64(std::string_view bytes) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = i; j < i + 3; ++j) group = group << 8 | (j < bytes.size() ? at(bytes, j) : 0U);
        for (std::size_t j = 0; j < 4; ++j) text += i + j <= bytes.size() ? alphabet[group >> (18 - 6 * j) & 63] : '=';
    }
    return text;
}

bool is_utf8(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size();) {
        const auto first = at(bytes, i);
        const auto length = sequence_length(first);
        if (length == 0 || bytes.size() - i < length) return false;
        for (std::size_t j = 1; j < length; ++j)
            if ((at(bytes, i + j) & 0xc0) != 0x80) return false;
        if (length > 1 && !fits(first, at(bytes, i + 1))) return false;
        i += length;
    }
    return true;
}

} // namespace tug::cli

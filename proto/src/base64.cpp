#include "tug/proto/base64.hpp"

#include <openssl/evp.h>

namespace tug::proto {

std::string base64_encode(std::span<const std::byte> bytes) {
    // EVP_EncodeBlock writes a terminating NUL behind the text.
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int n = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                  reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(n));
    return out;
}

std::optional<std::vector<std::byte>> base64_decode(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    std::vector<std::byte> out(text.size() / 4 * 3);
    const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                  reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (n < 0) return std::nullopt;
    std::size_t padding = 0;
    while (padding < 2 && text.size() > padding && text[text.size() - 1 - padding] == '=') ++padding;
    out.resize(out.size() - padding);
    // OpenSSL's decoder forgives white space, padding in odd places and trailing bits; only the canonical text is one.
    if (base64_encode(out) != text) return std::nullopt;
    return out;
}

} // namespace tug::proto

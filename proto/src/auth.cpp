#include "tug/proto/auth.hpp"

// HMAC over the compression function itself. HMAC() of OpenSSL 3 first loads its configuration and a provider with all
// algorithms, which takes longer than a whole call of `tug` on loopback.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace tug::proto {

namespace {

/// u32 big-endian length, then the bytes: no two different transcripts join to the same text.
void append_field(std::string& out, std::string_view field) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(field.size() >> shift & 0xff);
    out += field;
}

std::string_view as_text(std::span<const std::byte> bytes) noexcept {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The SHA-256 of `key` with each byte xor `pad`, as one block, and then of `parts`.
proof padded_hash(const secret_key& key, unsigned char pad, std::initializer_list<std::string_view> parts) noexcept {
    std::array<unsigned char, SHA256_CBLOCK> block;
    block.fill(pad);
    std::ranges::transform(key.bytes(), block.begin(), [pad](std::byte b) {
        return static_cast<unsigned char>(std::to_integer<unsigned>(b) ^ pad);
    });
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    for (const auto part : parts) SHA256_Update(&state, part.data(), part.size());
    proof out;
    static_assert(sizeof(out) == SHA256_DIGEST_LENGTH);
    SHA256_Final(reinterpret_cast<unsigned char*>(out.data()), &state);
    OPENSSL_cleanse(block.data(), block.size());
    OPENSSL_cleanse(&state, sizeof(state));
    return out;
}

/// HMAC-SHA-256 (RFC 2104), for keys that are shorter than a block.
proof labelled_proof(const secret_key& key, std::string_view label, std::string_view transcript) noexcept {
    static_assert(secret_key::size <= SHA256_CBLOCK);
    const auto inner = padded_hash(key, 0x36, {label, std::string_view("\0", 1), transcript});
    return padded_hash(key, 0x5c, {as_text(inner)});
}

} // namespace

secret_key::secret_key(std::span<const std::byte, size> bytes) {
    std::ranges::copy(bytes, bytes_.begin());
}

secret_key::~secret_key() {
    OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

bool is_key_id(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

std::string auth_transcript(std::string_view hello_envelope, std::string_view key_id, std::string_view mechanism,
                            std::string_view binding, std::span<const std::byte> binding_data,
                            const nonce& client_nonce) {
    std::string out = "tug-auth/1";
    out += '\0';
    append_field(out, hello_envelope);
    append_field(out, key_id);
    append_field(out, mechanism);
    append_field(out, binding);
    append_field(out, as_text(binding_data));
    append_field(out, as_text(client_nonce));
    return out;
}

proof client_proof(const secret_key& key, std::string_view transcript) {
    return labelled_proof(key, "client", transcript);
}

proof server_proof(const secret_key& key, std::string_view transcript) {
    return labelled_proof(key, "server", transcript);
}

bool equal_in_constant_time(const proof& a, const proof& b) noexcept {
    return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace tug::proto

#include "tug/proto/auth.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <stdexcept>

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

proof labelled_proof(const secret_key& key, std::string_view label, std::string_view transcript) {
    std::string text(label);
    text += '\0';
    text += transcript;
    proof out;
    unsigned int size = 0;
    const auto* done = HMAC(EVP_sha256(), key.bytes().data(), static_cast<int>(secret_key::size),
                            reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                            reinterpret_cast<unsigned char*>(out.data()), &size);
    if (!done || size != out.size()) throw std::runtime_error("HMAC-SHA-256 is not available");
    return out;
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

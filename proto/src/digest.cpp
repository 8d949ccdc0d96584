#include "tug/proto/digest.hpp"

#include <openssl/evp.h>
#include <xxhash.h>
#ifdef TUG_XXHASH_DISPATCHES
#include <xxh_x86dispatch.h>
#undef XXH3_128bits_update // it stands for the one below in there
#pragma weak XXH3_128bits_update_dispatch
#endif

#include <algorithm>
#include <cassert>
#include <new>
#include <stdexcept>

namespace tug::proto {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void must(int openssl_result) {
    if (openssl_result != 1) throw std::runtime_error("OpenSSL refuses to compute SHA-256");
}

/// By the vectors of this CPU where the library has them: the archive that a static program is linked with may not.
void feed(XXH3_state_t* state, std::span<const std::byte> bytes) noexcept {
#ifdef TUG_XXHASH_DISPATCHES
    if (XXH3_128bits_update_dispatch != nullptr) {
        XXH3_128bits_update_dispatch(state, bytes.data(), bytes.size());
        return;
    }
#endif
    XXH3_128bits_update(state, bytes.data(), bytes.size()); // fails for null pointers only
}

failure not_a_digest() {
    return failure::bad_field("digest", "must be xxh3-128 or sha256, then \":\" and the digest in lower-case hex");
}

} // namespace

std::string_view name_of(digest_kind kind) noexcept {
    switch (kind) {
    case digest_kind::xxh3_128: return "xxh3-128";
    case digest_kind::sha256: return "sha256";
    case digest_kind::none: break;
    }
    return "none";
}

std::optional<digest_kind> digest_kind_from_name(std::string_view name) noexcept {
    for (const auto kind : {digest_kind::none, digest_kind::xxh3_128, digest_kind::sha256})
        if (name == name_of(kind)) return kind;
    return std::nullopt;
}

std::size_t size_of(digest_kind kind) noexcept {
    switch (kind) {
    case digest_kind::xxh3_128: return 16;
    case digest_kind::sha256: return 32;
    case digest_kind::none: break;
    }
    return 0;
}

digest::digest(digest_kind kind, std::span<const std::byte> bytes) noexcept : kind_(kind) {
    assert(bytes.size() == size_of(kind));
    std::copy_n(bytes.begin(), std::min(bytes.size(), size_of(kind)), bytes_.begin());
}

std::string digest::to_string() const {
    if (kind_ == digest_kind::none) return {};
    std::string text;
    text.reserve(name_of(kind_).size() + 1 + 2 * bytes().size());
    text.append(name_of(kind_)).append(1, ':');
    for (const auto b : bytes()) {
        const auto value = std::to_integer<unsigned>(b);
        text += hex_digits[value >> 4U];
        text += hex_digits[value & 15U];
    }
    return text;
}

result<digest> digest::parse(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == std::string_view::npos) return not_a_digest();
    const auto kind = digest_kind_from_name(text.substr(0, colon));
    const auto hex = text.substr(colon + 1);
    if (!kind || kind == digest_kind::none || hex.size() != 2 * size_of(*kind)) return not_a_digest();

    std::array<std::byte, max_size> bytes{};
    for (std::size_t i = 0; i < hex.size(); ++i) {
        const auto value = hex_digits.find(hex[i]);
        if (value == std::string_view::npos) return not_a_digest();
        bytes[i / 2] = (bytes[i / 2] << 4U) | static_cast<std::byte>(value);
    }
    return digest(*kind, {bytes.data(), size_of(*kind)});
}

result<digest_request> digest_request::parse(std::string_view text) {
    if (const auto kind = digest_kind_from_name(text); kind && kind != digest_kind::none)
        return digest_request{*kind, std::nullopt};
    auto expected = digest::parse(text);
    if (!expected) return expected.error();
    return digest_request{expected->kind(), *expected};
}

void hasher::free_state::operator()(XXH3_state_s* state) const noexcept {
    XXH3_freeState(state);
}

void hasher::free_state::operator()(evp_md_ctx_st* context) const noexcept {
    EVP_MD_CTX_free(context);
}

hasher::hasher(digest_kind kind) : kind_(kind) {
    if (kind == digest_kind::xxh3_128) {
        xxh3_.reset(XXH3_createState());
        if (!xxh3_) throw std::bad_alloc();
        XXH3_128bits_reset(xxh3_.get()); // fails for a null state only
    } else if (kind == digest_kind::sha256) {
        sha_.reset(EVP_MD_CTX_new());
        if (!sha_) throw std::bad_alloc();
        must(EVP_DigestInit_ex(sha_.get(), EVP_sha256(), nullptr));
    }
}

hasher::hasher(const hasher& other) : hasher(other.kind_) {
    *this = other;
}

hasher& hasher::operator=(const hasher& other) {
    if (this == &other) return *this;
    if (kind_ != other.kind_) *this = hasher(other.kind_);
    if (xxh3_) XXH3_copyState(xxh3_.get(), other.xxh3_.get());
    if (sha_) must(EVP_MD_CTX_copy_ex(sha_.get(), other.sha_.get()));
    return *this;
}

void hasher::update(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (xxh3_) feed(xxh3_.get(), bytes);
    if (sha_) must(EVP_DigestUpdate(sha_.get(), bytes.data(), bytes.size()));
}

digest hasher::finish() {
    std::array<std::byte, digest::max_size> bytes{};
    if (xxh3_) {
        XXH128_canonical_t canonical;
        XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(xxh3_.get()));
        std::ranges::copy(std::as_bytes(std::span(canonical.digest)), bytes.begin());
    } else if (sha_) {
        std::array<unsigned char, digest::max_size> raw{};
        unsigned written = 0;
        must(EVP_DigestFinal_ex(sha_.get(), raw.data(), &written));
        assert(written == raw.size());
        std::ranges::copy(std::as_bytes(std::span(raw)), bytes.begin());
    }
    return {kind_, std::span<const std::byte>(bytes.data(), size_of(kind_))};
}

} // namespace tug::proto

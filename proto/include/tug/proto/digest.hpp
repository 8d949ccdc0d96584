#pragma once

#include "tug/proto/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct XXH3_state_s;  // libxxhash
struct evp_md_ctx_st; // OpenSSL

namespace tug::proto {

/// What a transfer is verified with.
enum class digest_kind : std::uint8_t {
    none,     ///< No digest; only `get` offers it.
    xxh3_128, ///< XXH3, 128 bits, seed 0: fast, finds accidents, not attackers.
    sha256,   ///< SHA-256: also finds what an attacker changed.
};

/// As it stands on the wire: "none", "xxh3-128" or "sha256".
[[nodiscard]] std::string_view name_of(digest_kind kind) noexcept;

/// The kind of that very name ("none" included), else nothing.
[[nodiscard]] std::optional<digest_kind> digest_kind_from_name(std::string_view name) noexcept;

/// Length of a digest of that kind in bytes: 0, 16 or 32.
[[nodiscard]] std::size_t size_of(digest_kind kind) noexcept;

/// A finished digest. A value of constant size; the default is of kind none.
class digest {
public:
    static constexpr std::size_t max_size = 32;

    digest() = default;

    /// Precondition: `bytes` are size_of(kind) many, XXH3 in canonical form (high 64 bits first).
    digest(digest_kind kind, std::span<const std::byte> bytes) noexcept;

    [[nodiscard]] digest_kind kind() const noexcept { return kind_; }

    [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {bytes_.data(), size_of(kind_)}; }

    /// "xxh3-128:<32 hex>" or "sha256:<64 hex>" in lower case; empty for kind none.
    [[nodiscard]] std::string to_string() const;

    /// The inverse of to_string(), strictly: lower case, nothing before or behind, not kind none.
    /// Fails with invalid_params of the field `digest`.
    [[nodiscard]] static result<digest> parse(std::string_view text);

    friend bool operator==(const digest&, const digest&) noexcept = default;

private:
    digest_kind kind_ = digest_kind::none;
    std::array<std::byte, max_size> bytes_{}; // zero past size_of(kind_), so that == may compare it all
};

/// The `digest` member of put's params: the kind to use and, where the sender knew it beforehand, the digest to expect.
struct digest_request {
    digest_kind kind = digest_kind::xxh3_128;
    std::optional<digest> expected{};

    /// Takes "xxh3-128", "sha256", or either with ":<hex>"; fails with invalid_params of the field `digest`.
    [[nodiscard]] static result<digest_request> parse(std::string_view text);

    friend bool operator==(const digest_request&, const digest_request&) noexcept = default;
};

/// Digests bytes as they pass. Allocates when made and never again; movable, for one thread at a time.
/// Throws std::bad_alloc, and std::runtime_error where OpenSSL refuses to work at all.
class hasher {
public:
    explicit hasher(digest_kind kind);

    /// Copies what was taken in so far; allocates nothing when both are of one kind.
    hasher(const hasher& other);
    hasher& operator=(const hasher& other);
    hasher(hasher&&) noexcept = default;
    hasher& operator=(hasher&&) noexcept = default;
    ~hasher() = default;

    [[nodiscard]] digest_kind kind() const noexcept { return kind_; }

    /// Takes in the next bytes. How the input is cut into calls makes no difference.
    void update(std::span<const std::byte> bytes);

    /// The digest of all bytes so far. Call it once, last; afterwards the object may only be destroyed or assigned to.
    [[nodiscard]] digest finish();

private:
    struct free_state {
        void operator()(XXH3_state_s* state) const noexcept;
        void operator()(evp_md_ctx_st* context) const noexcept;
    };

    digest_kind kind_;
    std::unique_ptr<XXH3_state_s, free_state> xxh3_; // set for that kind alone
    std::unique_ptr<evp_md_ctx_st, free_state> sha_; // likewise
};

} // namespace tug::proto

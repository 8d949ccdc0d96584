#pragma once

#include "tug/proto/hello.hpp"
#include "tug/proto/secret_key.hpp"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace tug::proto {

/// What the id of a key may be: 1 to 64 printable characters of ASCII, no blank. Every login can carry it, every log
/// can show it, and both sides read the same one from a key file.
[[nodiscard]] bool is_key_id(std::string_view text) noexcept;

using proof = std::array<std::byte, 32>;

/// Everything that both sides say before login, as PROTOCOL.md "Opening" joins it. A proof over it is worth nothing on
/// any other connection.
[[nodiscard]] std::string auth_transcript(std::string_view hello_envelope, std::string_view key_id,
                                          std::string_view mechanism, std::string_view binding,
                                          std::span<const std::byte> binding_data, const nonce& client_nonce);

/// HMAC-SHA-256 of the transcript under the label of a side, so that no proof can be reflected.
[[nodiscard]] proof client_proof(const secret_key& key, std::string_view transcript);
[[nodiscard]] proof server_proof(const secret_key& key, std::string_view transcript);

/// Compares in a time that does not depend on the bytes.
[[nodiscard]] bool equal_in_constant_time(const proof& a, const proof& b) noexcept;

} // namespace tug::proto

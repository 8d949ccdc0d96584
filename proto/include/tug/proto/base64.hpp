#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tug::proto {

/// RFC 4648 section 4: the standard alphabet, padded, no line breaks.
[[nodiscard]] std::string base64_encode(std::span<const std::byte> bytes);

/// The strict inverse: nothing but what base64_encode() makes is taken (canonical padding and trailing bits).
[[nodiscard]] std::optional<std::vector<std::byte>> base64_decode(std::string_view text);

} // namespace tug::proto

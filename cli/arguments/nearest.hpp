#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tug::cli {

/// The one of `known` that a mistyped word most likely means: few letters differ. Empty where none is near.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string_view> known);

/// The one of `known` that a word is but for one slip: a letter more, less or another, or two in each other's place.
/// Empty where it is none, also where it is one of them as it stands.
[[nodiscard]] std::string mistyped(std::string_view word, std::span<const std::string_view> known);

} // namespace tug::cli

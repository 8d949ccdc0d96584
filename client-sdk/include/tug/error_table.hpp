#pragma once

#include <tug/error.hpp>

#include <string_view>
#include <utility>
#include <vector>

namespace tug {

// What is known of all errors, for those who explain them. Their names and remedies are those of name_of() and
// remedy().

/// Every error but success: those of the protocol, then those of this side.
[[nodiscard]] std::vector<errc> all_errors();

/// One sentence that says what has happened, e.g. "The host has no room".
[[nodiscard]] std::string_view meaning_of(errc code) noexcept;

/// Where the name of an errno says more than the error: that name, and what to do then.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> special_remedies_of(errc code);

} // namespace tug

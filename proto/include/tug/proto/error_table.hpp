#pragma once

#include "tug/proto/error.hpp"

#include <string_view>
#include <utility>
#include <vector>

namespace tug::proto {

// What is known of all errors, for those who explain them. Names and remedies are those of error.hpp.

/// Every error but success: those on the wire by their codes, then those of this side.
[[nodiscard]] std::vector<errc> all_errors();

/// One sentence that says what has happened, e.g. "The target is there already.".
[[nodiscard]] std::string_view meaning(errc code) noexcept;

/// Where the name of an errno says more than the error: that name, and what to do then.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> special_remedies(errc code);

} // namespace tug::proto

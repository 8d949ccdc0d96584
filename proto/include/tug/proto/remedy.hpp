#pragma once

#include "tug/proto/error.hpp"

#include <string_view>

namespace tug::proto {

/// One sentence that says what to do about this very failure: where its errno or the permission that is missing says
/// more than its code, something better than remedy(why.code), which is the answer for all others.
[[nodiscard]] std::string_view remedy(const failure& why) noexcept;

} // namespace tug::proto

#pragma once

#include <string>
#include <string_view>

namespace tug::service {

/// Serialized JSON with the control characters escaped that JSON leaves as they are, and that a terminal obeys: DEL and
/// those of C1. What is within quotes stays the same text.
[[nodiscard]] std::string harmless(std::string_view json);

} // namespace tug::service

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tug::service {

/// Serialized JSON with the control characters escaped that JSON leaves as they are, and that a terminal obeys: DEL and
/// those of C1. What is within quotes stays the same text.
[[nodiscard]] std::string harmless(std::string_view json);

/// At most so many bytes of a UTF-8 text, cut between two characters.
[[nodiscard]] std::string_view cut(std::string_view text, std::size_t most) noexcept;

} // namespace tug::service

#pragma once

#include <string>
#include <string_view>

namespace tug::os {

// What is shown to people or written to logs may come from a peer: none of it may reach a terminal as an order.

/// `text` on one line: control characters become '?', and what is no UTF-8 an
/// octal number, as in \377.
[[nodiscard]] std::string printable(std::string_view text);

/// A name as `ls` shows it, in quotes: 'a b', and 'a'$'\377' where it is no plain text. A shell reads it back.
[[nodiscard]] std::string quoted_name(std::string_view name);

/// Serialized JSON with the control characters escaped that JSON leaves as they are, and that a terminal obeys: DEL and
/// those of C1. What is within quotes stays the same text.
[[nodiscard]] std::string harmless(std::string_view json);

} // namespace tug::os

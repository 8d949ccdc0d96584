#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tug::service {

/// The name without SIG, upper case: "KILL", "RTMIN+3", "RTMAX-2"; the number in decimal for one that has no name.
[[nodiscard]] std::string signal_name(int signal);

/// The signal of a name as `kill -l` prints them, without SIG and in upper case. Nothing for any other text.
[[nodiscard]] std::optional<int> signal_number(std::string_view name);

} // namespace tug::service

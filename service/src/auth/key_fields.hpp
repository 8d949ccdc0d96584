#pragma once

#include "tug/service/keys.hpp"

#include <string>
#include <string_view>

namespace tug::service {

/// Takes one `name=value` of a key's line into its rules. What is wrong with it, to stand behind "line N"; empty where
/// nothing is. The text never repeats the field: a key in a wrong place would be shown.
[[nodiscard]] std::string add_field(key_rules& to, std::string_view text);

/// What is wrong with fields and permissions that are each right; empty where nothing is.
[[nodiscard]] std::string wrong_together(const key_entry& entry);

} // namespace tug::service

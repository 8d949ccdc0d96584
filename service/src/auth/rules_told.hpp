#pragma once

#include "tug/service/keys.hpp"

#include <string>
#include <vector>

namespace tug::service {

/// The rules of a key as its line has them, for the client that has logged in with it. Of `root=` it is told alone that
/// there is one: the directories of the host are no business of clients.
[[nodiscard]] std::vector<std::string> rules_told(const key_rules& rules);

} // namespace tug::service

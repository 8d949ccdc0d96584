#pragma once

#include <string>

namespace tug::service {

/// What tells one run of the kernel of one machine from all others; empty where the host does not say. Thread safe.
[[nodiscard]] std::string boot_id();

} // namespace tug::service

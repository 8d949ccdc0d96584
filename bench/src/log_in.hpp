#pragma once

#include "sockets.hpp"

#include <tug/credentials.hpp>

#include <optional>
#include <string>

namespace tug::bench {

/// A connection to tugd that has been opened and, with `who`, logged in, by blocking calls. The SDK is not in it: its
/// client is more than a load generator needs. Throws std::exception.
[[nodiscard]] unique_fd open_connection(const std::string& address, const std::optional<credentials>& who);

} // namespace tug::bench

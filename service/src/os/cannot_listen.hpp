#pragma once

#include <tug/proto/error.hpp>

#include <string>

namespace tug::service {

/// What the errno of a socket means to the one who wanted to listen at `place`: already_exists, permission_denied,
/// busy, else io_error. Sets os_error.
[[nodiscard]] proto::failure cannot_listen_at(const std::string& place, int err);

/// The same of a port, which the kernel denies for another reason than a path.
[[nodiscard]] proto::failure cannot_listen_at_port(const std::string& place, int err);

} // namespace tug::service

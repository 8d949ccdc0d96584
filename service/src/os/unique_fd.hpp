#pragma once

#include <tug/net/unique_fd.hpp>

namespace tug::service {

using net::unique_fd;

} // namespace tug::service

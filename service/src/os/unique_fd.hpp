#pragma once

#include <tug/os/unique_fd.hpp>

namespace tug::service {

using os::unique_fd;

} // namespace tug::service

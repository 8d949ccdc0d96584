#pragma once

#include <tug/os/errno.hpp>

namespace tug::service {

using os::errno_name;
using os::file_failure;

} // namespace tug::service

#pragma once

#include "os/account_names.hpp"

#include <tug/os/file_status.hpp>
#include <tug/proto/file_operation_messages.hpp>

namespace tug::service {

/// A status as clients get it, with the names of its owners.
[[nodiscard]] proto::file_info info_of(os::file_status status, account_names& names);

} // namespace tug::service

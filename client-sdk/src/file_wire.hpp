#pragma once

#include <tug/file_info.hpp>

#include <tug/proto/file_operation_messages.hpp>

namespace tug::detail {

// As wire.hpp, for files.

[[nodiscard]] file_info from_wire(proto::file_info said);
[[nodiscard]] file_entry from_wire(proto::file_list_entry said);

} // namespace tug::detail

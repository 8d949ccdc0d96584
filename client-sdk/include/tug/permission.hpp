#pragma once

#include <tug/proto/permission.hpp>

namespace tug {

/// What a key may allow: exec, put, get, forward and audit; see client::permissions() and `tug keygen`.
using proto::all_permissions;
using proto::name_of;
using proto::permission;
using proto::permission_from_name;

} // namespace tug

#pragma once

#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/proto/error.hpp>

#include <string_view>

namespace tug::service {

/// What is there is told to those alone who may look at files: permission_denied for a key that may not `get`. `param`
/// is the one that would tell.
[[nodiscard]] proto::result<void> may_look(const context& shared, const caller& who, std::string_view param);

} // namespace tug::service

#pragma once

#include "tug/service/keys.hpp"

#include <tug/proto/error.hpp>
#include <tug/proto/exec_messages.hpp>

namespace tug::service {

/// What a command may have: what its params ask for, within what the server and the key (null: none) allow; and what
/// those allow where it asks for nothing. invalid_params where it asks for more.
[[nodiscard]] proto::result<proto::resource_limits> limits_of(const proto::resource_limits& of_server,
                                                              const key_rules* rules, const proto::exec_params& params);

} // namespace tug::service

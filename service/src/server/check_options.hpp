#pragma once

#include "tug/service/options.hpp"

#include <tug/proto/error.hpp>

namespace tug::service {

/// Whether a server can run with them; else invalid_params, with the field that is wrong. Opens nothing.
[[nodiscard]] proto::result<void> check_options(const options& o);

} // namespace tug::service

#pragma once

#include <tug/proto/info_messages.hpp>

namespace tug::service {

struct context;

/// What has happened since the start, over all methods and threads. Thread safe.
[[nodiscard]] proto::total_figures totals_of(const context& shared);

} // namespace tug::service

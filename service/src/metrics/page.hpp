#pragma once

#include <string>

namespace tug::service {

struct context;

/// What /metrics answers: all that is counted, in the exposition format of Prometheus. No label holds what a client
/// chooses: methods are those of the table, outcomes the errors of the protocol. Thread safe.
[[nodiscard]] std::string metrics_page(const context& shared);

} // namespace tug::service

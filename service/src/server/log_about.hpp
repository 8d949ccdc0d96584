#pragma once

#include "tug/service/log.hpp"

#include <tug/proto/trace_context.hpp>

#include <initializer_list>
#include <string>
#include <vector>

namespace tug::service {

/// The fields of a log line about a request: who sent it, what else is to be said, and the trace that the request
/// belongs to, under the names that it has in the audit; `trace` is null where the request said none.
[[nodiscard]] std::vector<log::field> fields_about(const std::string& peer, const proto::trace_context* trace,
                                                   std::initializer_list<log::field> what);

} // namespace tug::service

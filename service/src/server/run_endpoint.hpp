#pragma once

#include "metrics/counters.hpp"
#include "tug/service/call.hpp"
#include "tug/service/endpoint.hpp"
#include "tug/service/log.hpp"

#include <tug/proto/call_order.hpp>

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace tug::service {

/// Waits for what the call is to begin `after` (null: nothing), then runs its endpoint to its answer. Where one of
/// these fails, the call fails with dependency_failed; where it has to end before, with the reason. `waits` counts how
/// long that took. What it throws ends its call and not the server. Not cancellable: end the call, and the endpoint
/// returns. All of it outlives this.
[[nodiscard]] boost::asio::awaitable<answer> run_endpoint(const log& logger, call& c, const accepted_call& accepted,
                                                          const proto::dependencies* after, wait_counters& waits);

/// Logs what an endpoint threw, with the trace of its request (null: none); what its client is told, who learns nothing
/// of it.
[[nodiscard]] proto::failure endpoint_threw(const log& logger, const std::string& peer,
                                            const proto::trace_context* trace, std::string_view what);

} // namespace tug::service

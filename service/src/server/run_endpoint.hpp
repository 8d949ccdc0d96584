#pragma once

#include "tug/service/call.hpp"
#include "tug/service/endpoint.hpp"
#include "tug/service/log.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <string_view>

namespace tug::service {

/// Runs the endpoint of a call to its answer. What it throws ends its call and not the server. Not cancellable: end the
/// call, and the endpoint returns. All of it outlives this.
[[nodiscard]] boost::asio::awaitable<answer> run_endpoint(const log& logger, call& c, const accepted_call& accepted);

/// Logs what an endpoint threw; what its client is told, who learns nothing of it.
[[nodiscard]] proto::failure endpoint_threw(const log& logger, const std::string& peer, std::string_view what);

} // namespace tug::service

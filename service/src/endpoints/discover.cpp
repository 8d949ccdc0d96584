#include "endpoints/endpoints.hpp"
#include "server/client_connection.hpp"

#include <tug/proto/ping_messages.hpp>

namespace tug::service {

answer discover(client_connection& on, const boost::json::object& params) {
    if (const auto asked = proto::discover_params::parse(params); !asked) return asked.error();
    return boost::json::value(on.shared().table.discover());
}

} // namespace tug::service

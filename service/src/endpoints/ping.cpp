#include "endpoints/endpoints.hpp"

#include <tug/proto/ping_messages.hpp>

namespace tug::service {

answer ping(client_connection&, const boost::json::object& params) {
    const auto asked = proto::ping_params::parse(params);
    if (!asked) return asked.error();
    if (!asked->payload) return boost::json::value(boost::json::object());
    // In the memory of the params, which is there until the answer is written: this costs no allocation.
    return boost::json::value(*asked->payload, params.storage());
}

} // namespace tug::service

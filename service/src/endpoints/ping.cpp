#include "endpoints/endpoints.hpp"

#include <tug/proto/member_reader.hpp>

namespace tug::service {

answer ping(session&, const boost::json::object& params) {
    proto::member_reader in(params);
    const auto payload = in.view("payload");
    in.count("timeout_ms", 1, proto::max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    if (!payload) return boost::json::value(boost::json::object());
    // In the memory of the params, which is there until the answer is written: this costs no allocation.
    return boost::json::value(*payload, params.storage());
}

} // namespace tug::service

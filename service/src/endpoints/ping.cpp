#include "endpoints/endpoints.hpp"

#include <tug/proto/member_reader.hpp>

namespace tug::service {

answer ping(session&, const boost::json::object& params) {
    proto::member_reader in(params);
    auto payload = in.text("payload");
    in.count("timeout_ms", 1, proto::max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    if (!payload) return boost::json::value(boost::json::object());
    return boost::json::value(*payload);
}

} // namespace tug::service

#include "endpoints/endpoints.hpp"
#include "server/session.hpp"

#include <tug/proto/member_reader.hpp>

namespace tug::service {

answer discover(session& on, const boost::json::object& params) {
    proto::member_reader in(params);
    in.count("timeout_ms", 1, proto::max_timeout_ms);
    if (auto wrong = in.finish()) return std::move(*wrong);
    return boost::json::value(on.shared().table.discover());
}

} // namespace tug::service

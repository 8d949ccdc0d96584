#include "endpoints/file_info.hpp"

#include <utility>

namespace tug::service {

proto::file_info info_of(os::file_status status, account_names& names) {
    proto::file_info out;
    out.type = status.type;
    out.size = status.size;
    out.mode = status.mode;
    out.mtime_ns = status.mtime_ns;
    out.uid = status.uid;
    out.gid = status.gid;
    out.user = names.user(status.uid);
    out.group = names.group(status.gid);
    out.links = status.links;
    out.target = std::move(status.target);
    return out;
}

} // namespace tug::service

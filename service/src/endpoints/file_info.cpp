#include "endpoints/file_info.hpp"

#include <utility>

namespace tug::service {

namespace {

proto::file_type type_of(os::file_type type) noexcept {
    switch (type) {
    case os::file_type::directory: return proto::file_type::directory;
    case os::file_type::symlink: return proto::file_type::symlink;
    case os::file_type::fifo: return proto::file_type::fifo;
    case os::file_type::socket: return proto::file_type::socket;
    case os::file_type::block: return proto::file_type::block;
    case os::file_type::character: return proto::file_type::character;
    case os::file_type::file: break;
    }
    return proto::file_type::file;
}

} // namespace

proto::file_info info_of(os::file_status status, account_names& names) {
    proto::file_info out;
    out.type = type_of(status.type);
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

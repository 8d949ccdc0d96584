#include "tug/os/errno.hpp"

#include <cerrno>
#include <cstring>

namespace tug::os {

namespace {

proto::errc file_errc(int err) noexcept {
    switch (err) {
    case ENOENT:
    case ENOTDIR: return proto::errc::not_found;
    case EACCES:
    case EPERM:
    case EROFS: return proto::errc::permission_denied;
    case ELOOP: return proto::errc::path_denied;
    case ENAMETOOLONG: return proto::errc::invalid_params;
    case ENOSPC:
    case EDQUOT: return proto::errc::no_space;
    case EMFILE:
    case ENFILE:
    case EAGAIN:
    case ENOMEM: return proto::errc::busy;
    default: return proto::errc::io_error;
    }
}

} // namespace

std::string errno_name(int err) {
    const char* name = ::strerrorname_np(err);
    return name != nullptr ? std::string(name) : std::string("E").append(std::to_string(err));
}

int errno_of(std::string_view name) {
    constexpr int most = 4095; // the kernel returns no larger ones
    for (int err = 1; err <= most; ++err)
        if (const char* known = ::strerrorname_np(err); known != nullptr && name == known) return err;
    return 0;
}

proto::failure file_failure(int err, std::string_view what) {
    proto::failure f(file_errc(err));
    f.os_error = errno_name(err);
    f.message.append(what).append(": ").append(f.os_error);
    return f;
}

} // namespace tug::os

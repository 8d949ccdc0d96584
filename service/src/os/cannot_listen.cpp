#include "os/cannot_listen.hpp"

#include "os/exhausted.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/need_of_port.hpp>
#include <tug/os/path_text.hpp>

#include <cerrno>
#include <cstring>

namespace tug::service {

namespace {

proto::failure cannot_listen(const std::string& quoted_place, int err) {
    using proto::errc;
    const auto code = err == EADDRINUSE || err == EEXIST ? errc::already_exists
                      : err == EACCES || err == EPERM    ? errc::permission_denied
                      : is_exhausted(err)                ? errc::busy
                                                         : errc::io_error;
    proto::failure why(code, "cannot listen at " + quoted_place + ": " + std::strerror(err));
    why.os_error = os::errno_name(err);
    return why;
}

} // namespace

proto::failure cannot_listen_at(const std::string& place, int err) {
    return cannot_listen(os::quoted(place), err);
}

proto::failure cannot_listen_at_port(const std::string& place, int err) {
    return cannot_listen(os::quoted(place).append(os::need_of_port(err)), err);
}

} // namespace tug::service

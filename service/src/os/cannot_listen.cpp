#include "os/cannot_listen.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/path_text.hpp>

#include <cerrno>
#include <cstring>

namespace tug::service {

proto::failure cannot_listen_at(const std::string& place, int err) {
    using proto::errc;
    const auto code = err == EADDRINUSE || err == EEXIST                                  ? errc::already_exists
                      : err == EACCES || err == EPERM                                     ? errc::permission_denied
                      : err == EMFILE || err == ENFILE || err == ENOMEM || err == ENOBUFS ? errc::busy
                                                                                          : errc::io_error;
    proto::failure why(code, "cannot listen at " + os::quoted(place) + ": " + std::strerror(err));
    why.os_error = os::errno_name(err);
    return why;
}

} // namespace tug::service

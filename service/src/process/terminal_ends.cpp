#include "terminal_ends.hpp"

#include <tug/os/errno.hpp>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace tug::service {

namespace {

proto::failure failure_of(int err) {
    switch (err) {
    case ENOENT:
    case ENOTDIR:
    case ENODEV:
    case ENXIO:
    case EIO:
    case ENOTTY:
    case EACCES:
    case EPERM: break;
    case ENOSPC: {
        auto full = os::file_failure(EAGAIN, "all terminals of the host are taken (kernel.pty.max)");
        full.os_error = os::errno_name(err);
        return full;
    }
    default: return os::file_failure(err, "cannot open a terminal");
    }
    proto::failure none(
        proto::errc::unsupported,
        "there are no terminals here: /dev/ptmx and /dev/pts (devpts) of the host of tugd would be needed");
    none.os_error = os::errno_name(err);
    return none;
}

/// So that erasing a character erases all of its bytes.
bool expect_utf8(int slave) {
    termios mode{};
    if (::tcgetattr(slave, &mode) != 0) return false;
    mode.c_iflag |= IUTF8;
    return ::tcsetattr(slave, TCSANOW, &mode) == 0;
}

} // namespace

proto::result<terminal_ends> open_terminal(const proto::terminal_params& how, std::optional<uid_t> owner) {
    terminal_ends ends;
    ends.master.reset(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!ends.master) return failure_of(errno);
    const int locked = 0;
    if (::ioctl(ends.master.get(), TIOCSPTLCK, &locked) != 0) return failure_of(errno);
    // Not by its name: in this mount namespace that may be another terminal's.
    ends.slave.reset(::ioctl(ends.master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!ends.slave) return failure_of(errno);
    // Its programs open it by name as well. The group is that of the mount, as for every other terminal.
    if (owner && ::fchown(ends.slave.get(), *owner, static_cast<gid_t>(-1)) != 0)
        return os::file_failure(errno, "cannot hand a terminal over");
    if (!expect_utf8(ends.slave.get()) || !set_terminal_size(ends.master.get(), how.rows, how.cols))
        return os::file_failure(errno, "cannot set a terminal up");
    return ends;
}

bool set_terminal_size(int master, std::uint16_t rows, std::uint16_t cols) noexcept {
    winsize size{};
    size.ws_row = rows;
    size.ws_col = cols;
    return ::ioctl(master, TIOCSWINSZ, &size) == 0;
}

} // namespace tug::service

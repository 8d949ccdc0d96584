#pragma once

#include <tug/os/unique_fd.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// The sockets that a service manager has opened for this process (sd_listen_fds(3)), in their order, close-on-exec
/// from now on. None where there is no such manager. It takes the variables out of the environment: call it once,
/// before there is another thread.
[[nodiscard]] std::vector<os::unique_fd> take_passed_sockets();

/// What a service manager is told about this process: sd_notify(3), the protocol of systemd, over the datagram socket
/// that NOTIFY_SOCKET names. Without that variable every call does nothing. What cannot be sent is lost: a manager that
/// misses a word decides by its own timeouts.
///
/// Not thread safe.
class service_manager {
public:
    /// Takes the variables out of the environment, so that no command can speak for the daemon: make it before there
    /// is another thread.
    service_manager();

    /// The daemon serves; `status` is one line for people.
    void ready(const std::string& status);

    /// The configuration is being read again; ready() says when that is over.
    void reloading();

    /// The daemon ends.
    void stopping(const std::string& status);

    /// The daemon is alive: to be said at least once an interval.
    void alive();

    /// How often alive() must be said: half of the time after which the manager kills the daemon. Nothing where the
    /// manager does not watch.
    [[nodiscard]] std::optional<std::chrono::microseconds> interval() const noexcept { return interval_; }

private:
    void tell(const std::string& lines);

    std::string address_; ///< A path, or a name of the abstract namespace that begins with NUL.
    os::unique_fd socket_;
    std::optional<std::chrono::microseconds> interval_;
};

} // namespace tug::service

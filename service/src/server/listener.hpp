#pragma once

#include "server/exposure.hpp"
#include "server/worker.hpp"
#include <tug/os/unique_fd.hpp>

#include <tug/net/address.hpp>
#include <tug/proto/error.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace tug::service {

/// One address that is listened on. Accepts with the flags that Asio's acceptor does not set (close on exec), and lives
/// through a lack of descriptors.
class listener {
public:
    /// Binds and listens. A Unix socket file without a listener is replaced. `limit_loopback` gives
    /// clients of this host a source. Fails as cannot_listen_at() and check_exposure() do.
    [[nodiscard]] static proto::result<std::unique_ptr<listener>>
    open(boost::asio::io_context& io, const net::address& where, const protection& by, bool limit_loopback);

    /// open(), again and again while the address is in use, until the deadline. A process that was killed leaves its
    /// sockets for a moment to the children that have not executed their program yet, and no event tells their end.
    /// Blocks.
    [[nodiscard]] static proto::result<std::unique_ptr<listener>>
    open_until(std::chrono::steady_clock::time_point deadline, boost::asio::io_context& io, const net::address& where,
               const protection& by, bool limit_loopback);

    /// Accepts from a socket that listens already: a service manager has opened it, and keeps it when this process has
    /// ended. Fails with bad_address where it is none, and as check_exposure() does.
    [[nodiscard]] static proto::result<std::unique_ptr<listener>>
    adopt(boost::asio::io_context& io, os::unique_fd socket, const protection& by, bool limit_loopback);
    ~listener();
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;

    /// With the port that was picked.
    [[nodiscard]] const net::address& where() const noexcept { return where_; }

    /// Others can reach it, and read what crosses the network.
    [[nodiscard]] bool exposed() const noexcept { return exposed_; }

    /// Hands each connection to `deal` until it is cancelled.
    [[nodiscard]] boost::asio::awaitable<void> accept(std::function<void(accepted_socket)> deal);

private:
    listener(boost::asio::io_context& io, net::address where, os::unique_fd fd, int family, bool limit_loopback);

    [[nodiscard]] int accept_ready(const std::function<void(accepted_socket)>& deal);
    void shed_one();

    net::address where_;
    int family_;
    bool exposed_ = false;
    bool owns_path_ = false; ///< The file of a Unix socket goes with the listener.
    bool limit_loopback_;
    int first_reserved_;    ///< Connections get smaller descriptors than this.
    os::unique_fd reserve_; ///< Given up for a moment to accept, and so be able to refuse, when there is no other.
    boost::asio::posix::stream_descriptor socket_;
};

} // namespace tug::service

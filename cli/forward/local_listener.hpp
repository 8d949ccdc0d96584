#pragma once

#include "cli/arguments/forward_specs.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>
#include <string>
#include <vector>

namespace tug::cli {

using local_socket = boost::asio::generic::stream_protocol::socket;

/// A socket that listens here. The name of a Unix socket goes with it.
class local_listener {
public:
    local_listener(const boost::asio::any_io_executor& executor, int family, int descriptor, forward_end where);
    ~local_listener();
    local_listener(const local_listener&) = delete;
    local_listener& operator=(const local_listener&) = delete;

    /// The next connection; where no descriptor is left it waits for one. Throws when it is cancelled.
    [[nodiscard]] boost::asio::awaitable<local_socket> accept();

    /// Where it listens, with the port that was chosen for 0.
    [[nodiscard]] const forward_end& where() const noexcept { return where_; }

private:
    using raw_acceptor = boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol>;

    int family_;
    raw_acceptor socket_;
    forward_end where_;
};

using local_listeners = std::vector<std::unique_ptr<local_listener>>;

/// All addresses that `at` names: those of localhost where it names none. With port 0 they share one port. Throws
/// tug::error (local_io) where one of them cannot be had, but for a family that this host has not.
[[nodiscard]] boost::asio::awaitable<local_listeners> listeners_at(boost::asio::any_io_executor executor,
                                                                   forward_end at);

/// A connection to an address that this host reaches. Throws tug::error (connect_failed, cancelled).
[[nodiscard]] boost::asio::awaitable<local_socket> connect_here(boost::asio::any_io_executor executor, forward_end to);

} // namespace tug::cli

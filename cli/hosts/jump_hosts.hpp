#pragma once

#include "cli/commands/change.hpp"

#include <tug/client.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tug::cli {

/// Where a host is, how to connect to it, and what it is reached through.
struct host_connection {
    std::string name; ///< As it was named.
    tug::address address;
    connect_options how;
    std::vector<host_connection> jumps; ///< The first one first; none of them has any itself.
};

/// The connections that others go through. There is one for each path, which all share that take it, made when the
/// first needs it and made again where it was lost.
///
/// Thread safety: none; on one executor.
class jump_hosts {
public:
    explicit jump_hosts(const boost::asio::any_io_executor& executor) : changed_(executor) {}

    jump_hosts(const jump_hosts&) = delete;
    jump_hosts& operator=(const jump_hosts&) = delete;

    /// Connects to all that `to` is reached through, so that its `how` can be used. Throws tug::error, which names the
    /// host that failed. Cancellable.
    [[nodiscard]] boost::asio::awaitable<void> reach(host_connection& to);

private:
    struct place {
        std::shared_ptr<client> connection;
        bool connecting = false;
    };

    [[nodiscard]] boost::asio::awaitable<std::shared_ptr<client>> connected(std::string path, host_connection& to);

    std::map<std::string, place> places_;
    change changed_;
};

} // namespace tug::cli

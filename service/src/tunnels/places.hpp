#pragma once

#include "auth/forward_rules.hpp"
#include "server/context.hpp"
#include "tug/service/call.hpp"

#include <tug/net/connect_first.hpp>
#include <tug/net/transport.hpp>
#include <tug/os/unique_fd.hpp>
#include <tug/proto/error.hpp>
#include <tug/proto/forward_messages.hpp>

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace tug::service {

/// Which rules a client's tunnels are held to.
enum class tunnel_direction {
    connect, ///< `connect=` of its key, or options::allow_connect where there are no keys.
    listen,  ///< `listen=`, or options::allow_listen.
};

[[nodiscard]] forward_rules rules_for(const context& shared, const caller& who, tunnel_direction direction);

/// The addresses that a place names and the rules of the caller allow, in the order of the look-up; there is one. What
/// is connected to is what was checked: names are looked up once. permission_denied where the rules allow none, before
/// any look-up if they could allow none; connect_failed where the name leads nowhere.
[[nodiscard]] boost::asio::awaitable<proto::result<net::endpoints>>
allowed_addresses(context& shared, call& c, const proto::forward_place& place, tunnel_direction direction);

/// A socket that is connected to a Unix socket below the root of the caller. Blocks on the file system.
[[nodiscard]] proto::result<os::unique_fd> connect_unix(context& shared, const caller& who, const std::string& path);

/// A Unix socket that listens below the root of the caller, mode 0600; its name goes with it, unless another file has
/// taken its place.
class unix_listener {
public:
    /// Blocks on the file system, as does the destructor.
    [[nodiscard]] static proto::result<unix_listener> open(context& shared, const caller& who, const std::string& path);

    unix_listener(unix_listener&&) noexcept = default;
    unix_listener& operator=(unix_listener&&) = delete;
    ~unix_listener();

    [[nodiscard]] os::unique_fd& socket() noexcept { return socket_; }

private:
    unix_listener(os::unique_fd socket, os::unique_fd directory, std::string name);

    os::unique_fd socket_;
    os::unique_fd directory_;
    std::string name_;
    std::uint64_t device_ = 0;
    std::uint64_t inode_ = 0;
};

/// permission_denied, as it is said of a place that no rule allows.
[[nodiscard]] proto::failure place_denied(const caller& who, const std::string& place, tunnel_direction direction);

} // namespace tug::service

#pragma once

#include "announce/announce_rate.hpp"
#include "announce/announce_socket.hpp"

#include <tug/net/address.hpp>
#include <tug/net/interfaces.hpp>
#include <tug/proto/announcement.hpp>
#include <tug/proto/json_reader.hpp>
#include <tug/service/keys.hpp>
#include <tug/service/log.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tug::service {

/// An address that a server listens on, as far as those on a network reach it there.
struct reachable {
    std::uint16_t port = 0;
    std::optional<boost::asio::ip::address> source; ///< That an answer has to come from; none: any of this host.
};

/// Where a query is answered to that came by that interface, over that family: the first of the addresses that the
/// server listens on which its asker reaches. Nothing where there is none.
[[nodiscard]] std::optional<reachable> reachable_by(const std::vector<net::address>& listening,
                                                    const net::network_interface& at, bool v6);

/// Answers queries of the networks that this host is on; see PROTOCOL.md, "Announcements".
///
/// Thread safety: none; it lives on its io_context. Cancel its tasks, and await them, before it is destroyed.
class announcer {
public:
    struct settings {
        std::vector<std::string> interfaces; ///< "any": all of them, also those that come later.
        std::vector<net::address> listening;
        bool tls = false;
        std::string server;
    };

    using current_keys = std::function<std::shared_ptr<const key_ring>()>;

    /// Hears queries from now on. Fails with io_error where the port is not to be had.
    [[nodiscard]] static proto::result<std::unique_ptr<announcer>> open(boost::asio::io_context& io, settings how,
                                                                        current_keys keys, const log& logger);

    /// What is to run until it is cancelled.
    [[nodiscard]] std::vector<boost::asio::awaitable<void>> tasks();

private:
    announcer(boost::asio::io_context& io, settings how, current_keys keys, os::unique_fd changes);

    boost::asio::awaitable<void> answer_all(announce_socket& from, bool v6);
    boost::asio::awaitable<void> follow_interfaces();
    void answer(announce_socket& by, bool v6, const announce_datagram& asked);
    void join_all();
    void tell(const log& logger) const;

    settings how_;
    current_keys keys_;
    std::optional<announce_socket> v4_;
    std::optional<announce_socket> v6_;
    boost::asio::posix::stream_descriptor changes_;  ///< The kernel says when interfaces and addresses change.
    std::vector<net::network_interface> interfaces_; ///< Those that it announces on.
    std::string name_;
    std::string instance_;
    proto::json_reader reader_;
    announce_rate rate_;
};

} // namespace tug::service

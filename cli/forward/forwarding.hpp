#pragma once

#include "cli/arguments/forward_specs.hpp"
#include "cli/arguments/options.hpp"
#include "local_listener.hpp"
#include "task_list.hpp"

#include <tug/client.hpp>
#include <tug/tunnel.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tug::cli {

/// The forwardings of one command line, over one connection to the host after another. What listens here goes on
/// listening between them: connections that come meanwhile wait.
///
/// Thread safety: none; on one executor.
class forwarding {
public:
    forwarding(const options& o, boost::asio::any_io_executor executor);

    forwarding(const forwarding&) = delete;
    forwarding& operator=(const forwarding&) = delete;

    /// Listens here, at all that -L and -D name. Throws tug::error where one place cannot be had: then there is none.
    [[nodiscard]] boost::asio::awaitable<void> listen_here();

    /// Listens there, at all that -R names, and says where it listens now and has not said before. Throws tug::error
    /// where one place cannot be had; one that it had before is waited for.
    [[nodiscard]] boost::asio::awaitable<void> listen_there(client& on);

    /// Carries connections until that to the host ends. Why it ended; throws tug::error when it is cancelled.
    [[nodiscard]] boost::asio::awaitable<failure> carry(client& on);

private:
    struct local_place {
        std::unique_ptr<local_listener> listener;
        std::optional<forward_end> target; ///< Nothing: what a SOCKS client asks for.
    };

    struct remote_place {
        forward_spec spec;
        tug::listener listener;
        std::string told;    ///< The address that was told last.
        bool chosen = false; ///< The port is one that was chosen there.
    };

    [[nodiscard]] boost::asio::awaitable<tug::listener> listen_at(client& on, const forward_end& at, bool again);
    [[nodiscard]] boost::asio::awaitable<void> accept_here(client& on, local_place& at);
    [[nodiscard]] boost::asio::awaitable<void> accept_there(remote_place& at);
    [[nodiscard]] boost::asio::awaitable<void> carry_there(client& on, local_socket socket,
                                                           std::optional<forward_end> target);
    [[nodiscard]] boost::asio::awaitable<void> carry_here(tunnel from, std::optional<forward_end> target);
    void tell_places();
    void tell(std::string_view side, const std::string& at, const std::optional<forward_end>& target) const;
    void tell_port(const remote_place& at) const;
    void complain(const std::string& about, const std::exception_ptr& thrown) const;

    const options& options_;
    boost::asio::any_io_executor executor_;
    std::list<local_place> local_;
    std::list<remote_place> remote_;
    task_list tasks_;
    bool told_ = false; ///< Where it listens here.
};

/// A connection from the host on.
[[nodiscard]] boost::asio::awaitable<tunnel> connect_there(client& on, forward_end to);

} // namespace tug::cli

#pragma once

#include "cli/arguments/forward_specs.hpp"
#include "cli/arguments/options.hpp"
#include "cli/commands/change.hpp"
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
#include <vector>

namespace tug::cli {

/// The forwardings of one command line, over one connection to the host after another. What listens here goes on
/// listening between them: connections that come meanwhile wait. Where the tugd of a connection is ending, its tunnels
/// stay on it until their end, and new ones are those of the next connection.
///
/// Thread safety: none; on one executor.
class forwarding {
public:
    /// What becomes of connections that a tugd refuses because it is ending.
    enum class when_ending { wait, fail };

    forwarding(const options& o, boost::asio::any_io_executor executor, when_ending how);

    forwarding(const forwarding&) = delete;
    forwarding& operator=(const forwarding&) = delete;

    /// Listens here, at all that -L and -D name. Throws tug::error where one place cannot be had: then there is none.
    [[nodiscard]] boost::asio::awaitable<void> listen_here();

    /// Listens there, at all that -R names, and says where it listens now and has not said before. Throws tug::error
    /// where one place cannot be had; one that it had before is waited for.
    [[nodiscard]] boost::asio::awaitable<void> listen_there(client& on);

    /// Carries connections until that to the host ends, or its tugd refuses new ones because it is ending: then with
    /// shutting_down. Why it ended; throws tug::error when it is cancelled. end() comes after the last of these.
    [[nodiscard]] boost::asio::awaitable<failure> carry(std::shared_ptr<client> on);

    /// Ends all tunnels.
    [[nodiscard]] boost::asio::awaitable<void> end();

private:
    struct local_place {
        std::unique_ptr<local_listener> listener;
        std::optional<forward_end> target; ///< Nothing: what a SOCKS client asks for.
    };

    struct remote_place {
        forward_spec spec;
        std::vector<tug::listener> listeners; ///< One, or one of each family.
        std::vector<std::string> told;        ///< Their addresses that were told last.
        bool chosen = false;                  ///< The port is one that was chosen there.
    };

    [[nodiscard]] boost::asio::awaitable<void> listen_at_place(client& on, remote_place& at);
    [[nodiscard]] boost::asio::awaitable<tug::listener> listen_at(client& on, const forward_end& at, bool again);
    [[nodiscard]] boost::asio::awaitable<void> accept_here(local_place& at);
    [[nodiscard]] boost::asio::awaitable<void> accept_there(tug::listener& at, std::optional<forward_end> target);
    [[nodiscard]] boost::asio::awaitable<void> carry_there(local_socket socket, std::optional<forward_end> target);
    [[nodiscard]] boost::asio::awaitable<void> carry_here(tunnel from, std::optional<forward_end> target);
    [[nodiscard]] boost::asio::awaitable<bool> refused(const std::exception_ptr& thrown, const client& by);
    [[nodiscard]] boost::asio::awaitable<failure> until_ending();
    [[nodiscard]] boost::asio::awaitable<void> next_change();
    void note_ending(const client& by);
    void tell_places();
    void tell(std::string_view side, const std::string& at, const std::optional<forward_end>& target) const;
    void tell_port(const remote_place& at) const;
    void complain(const std::string& about, const std::exception_ptr& thrown) const;

    const options& options_;
    boost::asio::any_io_executor executor_;
    when_ending when_ending_;
    std::list<local_place> local_;
    std::list<remote_place> remote_;
    std::shared_ptr<client> now_; ///< New tunnels are those of this connection.
    bool ending_ = false;         ///< Its tugd takes no new ones.
    change changed_;              ///< Of these two.
    task_list accepting_;
    task_list tunnels_;
    bool told_ = false; ///< Where it listens here.
};

/// A connection from the host on.
[[nodiscard]] boost::asio::awaitable<tunnel> connect_there(client& on, forward_end to);

} // namespace tug::cli

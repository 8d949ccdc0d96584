#pragma once

#include "browser.hpp"
#include "gate.hpp"

#include "cli/hosts/invocation.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <list>
#include <memory>
#include <optional>

namespace tug::cli::console {

/// Serves the page on loopback, and to each of its WebSockets a connection to the host that is logged in.
///
/// Thread safety: none; on the executor of the invocation.
class server {
public:
    /// Listens on that port of 127.0.0.1, 0 for any. Throws tug::error (local_io).
    server(const options& o, invocation& s, std::uint16_t port);

    [[nodiscard]] std::string address() const { return gate_->address(); }

    /// Has a browser opened on the page, by a file that leads there until it was opened. Says on standard error what
    /// kept it from that.
    [[nodiscard]] boost::asio::awaitable<void> open_browser();

    /// Until it is cancelled; then it closes all that is open and waits for it.
    [[nodiscard]] boost::asio::awaitable<void> run();

private:
    static constexpr std::size_t most_connections = 64;

    [[nodiscard]] boost::asio::awaitable<void> accept();
    [[nodiscard]] boost::asio::awaitable<void> serve(boost::asio::ip::tcp::socket& socket);

    const options& options_;
    invocation& invocation_;
    boost::asio::ip::tcp::acceptor acceptor_;
    std::unique_ptr<gate> gate_;
    std::optional<address_file> leads_here_;
    std::list<boost::asio::ip::tcp::socket> open_;
    boost::asio::steady_timer changed_; ///< Never expires; cancelled when a connection has ended.
};

} // namespace tug::cli::console

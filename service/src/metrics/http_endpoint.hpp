#pragma once

#include "server/listener.hpp"

#include <tug/net/task_group.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace tug::service {

/// What plain HTTP tells machines about a server, see http_endpoint.
struct http_pages {
    std::function<std::string()> metrics; ///< The text of /metrics.
    std::function<bool()> ready;          ///< Whether /readyz is 200; else it is 503.
};

/// `/healthz`, `/readyz` and `/metrics` over plain HTTP/1.1: GET and HEAD, bodies of requests are refused. So many
/// connections at once, each with a time for its next request; one more is closed.
///
/// Thread safety: none; it lives on its io_context. Cancel run() and await join() before it is destroyed.
class http_endpoint {
public:
    static constexpr std::size_t most_connections = 16;

    http_endpoint(boost::asio::io_context& io, std::unique_ptr<listener> from, http_pages pages);

    /// Serves until it is cancelled.
    [[nodiscard]] boost::asio::awaitable<void> run();

    /// Ends the connections, and waits for their end.
    [[nodiscard]] boost::asio::awaitable<void> join();

private:
    void take(accepted_socket socket);

    boost::asio::io_context& io_;
    std::unique_ptr<listener> listener_;
    http_pages pages_;
    net::task_group connections_;
};

} // namespace tug::service

// forward.connect: a tunnel to an address that is reached from here.

#include "endpoints/endpoints.hpp"
#include "server/context.hpp"
#include "tunnels/places.hpp"
#include "tunnels/run_tunnel.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/relay.hpp>

#include <sys/socket.h>

#include <chrono>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// All attempts together. A caller that has less time cancels the call.
constexpr auto connect_time = std::chrono::seconds(20);

using connected = proto::result<net::stream_socket>;

asio::awaitable<connected> connect_tcp(context& shared, call& c, const proto::forward_place& to) {
    auto found = co_await allowed_addresses(shared, c, to, tunnel_direction::connect);
    if (!found) co_return found.error();
    const bool named = found->size() > 1;
    auto attempt = net::connect_first(c.get_executor(), std::move(*found), named, connect_time);
    auto socket = co_await c.unless_stopped(std::move(attempt));
    if (!socket) co_return failure_of(c.why_cancelled());
    if (!*socket) {
        auto why = socket->error();
        why.message = to.to_string() + ": " + why.message;
        co_return why;
    }
    net::prepare_tunnel_socket(**socket);
    co_return std::move(*socket);
}

asio::awaitable<connected> connect_local(context& shared, call& c, const std::string& path) {
    const auto work = [&] { return connect_unix(shared, c.who(), path); };
    auto fd = co_await net::run_blocking(c.files(), work);
    if (!fd) co_return fd.error();
    co_return net::tunnel_socket(c.get_executor(), AF_UNIX, fd->release());
}

} // namespace

asio::awaitable<answer> forward_connect(context& shared, call& c, proto::forward_connect_params params) {
    auto attempt =
        params.to.unix_path ? connect_local(shared, c, *params.to.unix_path) : connect_tcp(shared, c, params.to);
    auto socket = co_await std::move(attempt);
    if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
    if (!socket) co_return socket.error();
    co_return co_await run_tunnel(c, std::move(*socket));
}

} // namespace tug::service

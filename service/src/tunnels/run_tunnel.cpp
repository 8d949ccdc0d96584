#include "tunnels/run_tunnel.hpp"

#include <tug/net/relay.hpp>
#include <tug/net/task_group.hpp>
#include <tug/proto/forward_messages.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// What has become of the relay, which is a task of its own so that the call can end it.
struct outcome {
    proto::result<void> value;
    bool over = false;
};

asio::awaitable<void> carry(net::relay& tunnel, outcome& out, net::condition& changed) {
    out.value = co_await tunnel.run();
    out.over = true;
    changed.notify_all();
}

} // namespace

asio::awaitable<answer> run_tunnel(call& c, net::stream_socket socket) {
    net::relay tunnel(c.io(), proto::tunnel_in, proto::tunnel_out, std::move(socket));
    c.io().say_ready(proto::tunnel_in);
    outcome out;
    net::task_group running(c.get_executor());
    running.spawn(carry(tunnel, out, c.changed()));
    while (!out.over && c.why_cancelled() == cancel_reason::none)
        co_await c.changed().async_wait(asio::as_tuple(asio::use_awaitable));
    tunnel.reset();
    co_await running.join();
    if (c.why_cancelled() != cancel_reason::none) co_return failure_of(c.why_cancelled());
    if (!out.value) co_return out.value.error();
    proto::forward_result result;
    result.sent = c.io().sent();
    result.received = c.io().received();
    co_return boost::json::value(result.to_json());
}

} // namespace tug::service

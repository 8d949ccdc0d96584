#include <tug/client.hpp>
#include <tug/tunnel.hpp>

#include "at_home.hpp"
#include "dial_through.hpp"
#include "listener_state.hpp"
#include "session.hpp"
#include "stream_state.hpp"

#include <tug/net/relay.hpp>
#include <tug/net/task_group.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/parse.hpp>

#include <utility>

// Tunnels through the host of tugd.

namespace tug {

namespace asio = boost::asio;

tunnel::tunnel(stream_call call, std::string peer)
    : call_(std::move(call)), channel_(call_.channel("out", "in")), peer_(std::move(peer)) {}

listener::listener(std::shared_ptr<detail::listener_state> state) noexcept : state_(std::move(state)) {}

listener::listener(listener&& other) noexcept : state_(std::move(other.state_)) {}

listener& listener::operator=(listener&& other) noexcept {
    if (this != &other) detail::release_at_home(std::exchange(state_, std::move(other.state_)));
    return *this;
}

listener::~listener() {
    detail::release_at_home(std::move(state_));
}

std::string listener::address() const {
    return state_ ? state_->address() : std::string();
}

namespace detail {

namespace {

proto::forward_place place_of(forward_target where) {
    proto::forward_place out;
    out.host = std::move(where.host);
    if (where.socket.empty())
        out.port = where.port;
    else
        out.unix_path = std::move(where.socket);
    return out;
}

asio::awaitable<proto::result<listener>> listen_at(session_ptr s, forward_target where) {
    proto::forward_listen_params params;
    params.at = place_of(std::move(where));
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    const auto state = std::make_shared<listener_state>(std::move(s), std::move(*begun));
    listener out(state); // lets go of the call where it is left
    const auto listening = co_await state->begin();
    if (!listening) co_return listening.error();
    co_return std::move(out);
}

} // namespace

asio::awaitable<proto::result<tunnel>> connect_to(session_ptr s, forward_target where) {
    proto::forward_connect_params params;
    params.to = place_of(std::move(where));
    auto begun = co_await s->begin_call(params);
    if (!begun) co_return begun.error();
    co_return co_await open_tunnel(std::move(s), std::move(*begun));
}

asio::awaitable<proto::result<tunnel>> open_tunnel(session_ptr s, std::shared_ptr<pending> p, std::string peer) {
    stream_call call(std::make_shared<stream_state>(std::move(s), p)); // lets go of it where it is left
    const auto stands = co_await p->ready();
    if (!stands) co_return stands.error();
    co_return tunnel(std::move(call), std::move(peer));
}

// --- listening -------------------------------------------------------------------------------------------------------

asio::awaitable<proto::result<proto::forward_listen_line>> listener_state::next_line() {
    for (;;) {
        if (const auto end = text_.find('\n'); end != std::string::npos) {
            boost::system::error_code ec;
            const auto value = boost::json::parse(std::string_view(text_).substr(0, end), ec);
            text_.erase(0, end + 1);
            if (!ec && value.is_object()) co_return proto::forward_listen_line::parse(value.get_object());
            co_return failure(errc::protocol_violation, "a line of the listening call is no object");
        }
        if (text_.size() > longest_line)
            co_return failure(errc::protocol_violation, "a line of the listening call has no end");
        const auto piece = co_await pending_->io().read(0);
        if (piece && !piece->empty()) {
            text_ += piece->text();
            continue;
        }
        if (!piece && !pending_->answer()) co_return piece.error(); // the wait was cancelled
        const auto answer = co_await pending_->wait();
        co_return answer ? failure(errc::connection_lost, "the server listens no more") : answer.error();
    }
}

asio::awaitable<proto::result<void>> listener_state::begin() {
    const auto line = co_await next_line();
    if (!line) co_return line.error();
    address_ = line->listening;
    co_return proto::result<void>();
}

asio::awaitable<proto::result<tunnel>> listener_state::accept() {
    const auto self = shared_from_this();
    for (;;) {
        const auto line = co_await next_line();
        if (!line) co_return line.error();
        if (!line->connection) continue;
        proto::forward_accept_params params;
        params.listen = pending_->call().id;
        params.connection = *line->connection;
        auto begun = co_await session_->begin_call(params);
        if (!begun) co_return begun.error();
        auto taken = co_await open_tunnel(session_, std::move(*begun), line->peer);
        if (taken || taken.error().code != errc::not_found) co_return std::move(taken); // else it waited too long
    }
}

// --- the public calls ------------------------------------------------------------------------------------------------

asio::awaitable<tunnel> connect_through(session_ptr s, forward_target where) {
    must_be(s);
    auto work = connect_to(s, std::move(where));
    co_return co_await deliver(s->executor(), std::move(work));
}

asio::awaitable<listener> listen_through(session_ptr s, forward_target where) {
    must_be(s);
    auto work = listen_at(s, std::move(where));
    co_return co_await deliver(s->executor(), std::move(work));
}

asio::awaitable<tunnel> accept(listener_ptr of) {
    must_be(of);
    co_return co_await deliver(of->executor(), of->accept());
}

} // namespace detail

// --- a socket and a tunnel -------------------------------------------------------------------------------------------

namespace {

/// What both tasks of a relay know of each other.
struct carrying {
    explicit carrying(asio::any_io_executor executor) : changed(std::move(executor)) {}

    net::condition changed;
    bool over = false;
};

asio::awaitable<void> carry(net::relay& both, carrying& state) {
    static_cast<void>(co_await both.run());
    state.over = true;
    state.changed.notify_all();
}

/// The answer ends the way to the server, and a failure both: the socket could wait for ever.
asio::awaitable<void> follow_answer(detail::pending& call, net::relay& both) {
    const auto answer = co_await call.wait();
    if (answer)
        both.stop_outbound();
    else
        both.reset();
}

} // namespace

asio::awaitable<void> relay(asio::generic::stream_protocol::socket socket, tunnel through) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto call = through.call_.state_->shared_pending();
    const auto executor = through.get_executor();
    net::prepare_tunnel_socket(socket);
    net::relay both(call->io(), 0, 0, std::move(socket));
    carrying state(executor);
    net::task_group tasks(executor);
    tasks.spawn(carry(both, state));
    net::task_group watching(executor);
    watching.spawn(follow_answer(*call, both));
    while (!state.over) {
        const auto [ec] = co_await state.changed.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) both.reset();
        if (ec) break;
    }
    co_await tasks.join();
    watching.cancel();
    co_await watching.join();
}

} // namespace tug

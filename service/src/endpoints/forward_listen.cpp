// forward.listen and forward.accept: connections that come to the host of the server, and the tunnels that they become.

#include "endpoints/endpoints.hpp"

#include "os/cannot_listen.hpp"
#include "os/exhausted.hpp"
#include "server/context.hpp"
#include "tug/net/tokens.hpp"
#include "tunnels/offers.hpp"
#include "tunnels/places.hpp"
#include "tunnels/run_tunnel.hpp"

#include <tug/net/blocking.hpp>
#include <tug/net/relay.hpp>
#include <tug/net/task_group.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/serialize.hpp>

#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
namespace ip = boost::asio::ip;
using asio::posix::stream_descriptor;

namespace {

using net::as_tuple;
constexpr std::size_t connections = 0; // the one stream

std::string text_of(const sockaddr_storage& a, socklen_t size) {
    ip::tcp::endpoint e;
    if ((a.ss_family != AF_INET && a.ss_family != AF_INET6) || size > e.capacity()) return "unix";
    std::memcpy(e.data(), &a, size);
    e.resize(size);
    proto::forward_place place;
    place.host = e.address().to_string();
    place.port = e.port();
    return place.to_string();
}

std::string bound_text(int fd) {
    sockaddr_storage a{};
    socklen_t size = sizeof a;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size);
    return text_of(a, size);
}

/// The first address that can be bound.
proto::result<os::unique_fd> bind_first(const net::endpoints& all, const std::string& place) {
    int err = EADDRNOTAVAIL;
    for (const auto& e : all) {
        os::unique_fd fd(::socket(e.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        const int on = 1;
        if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        // A rule that allows an address of IPv6 allows none of IPv4.
        if (fd && e.protocol().family() == AF_INET6) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
        const auto size = static_cast<socklen_t>(e.size());
        if (fd && ::bind(fd.get(), e.data(), size) == 0 && ::listen(fd.get(), SOMAXCONN) == 0) return fd;
        err = errno;
    }
    return cannot_listen_at_port(place, err);
}

/// What a call of forward.listen has.
class listening {
public:
    listening(call& c, os::unique_fd socket, std::string where, std::optional<unix_listener> name)
        : call_(c),
          name_(std::move(name)),
          where_(std::move(where)),
          socket_(c.get_executor(), socket.release()),
          clock_(c.get_executor()),
          room_(c.get_executor()),
          waiting_(proto::max_offered, std::chrono::milliseconds(proto::offered_ms)),
          tasks_(c.get_executor()) {}

    asio::awaitable<answer> run() {
        call_.on_accept = [this](std::uint64_t number) { return take(number); };
        tasks_.spawn(accept());
        tasks_.spawn(expire());
        while (!over_ && call_.why_cancelled() == cancel_reason::none && !client_stopped())
            co_await call_.changed().async_wait(as_tuple);
        over_ = true;
        call_.on_accept = nullptr;
        socket_.close();
        tasks_.cancel();
        co_await tasks_.join();
        if (call_.why_cancelled() != cancel_reason::none) co_return failure_of(call_.why_cancelled());
        proto::forward_listen_result out;
        out.connections = waiting_.came();
        out.accepted = waiting_.taken();
        co_return boost::json::value(out.to_json());
    }

    /// For the pool of file threads: the name in the file system goes with it.
    [[nodiscard]] std::optional<unix_listener> take_name() noexcept { return std::move(name_); }

private:
    [[nodiscard]] bool client_stopped() { return call_.io().call().outbound[connections].stopped(); }

    [[nodiscard]] std::optional<net::stream_socket> take(std::uint64_t number) {
        auto socket = waiting_.take(number);
        room_.notify_all();
        return socket;
    }

    asio::awaitable<void> accept() {
        proto::forward_listen_line first;
        first.listening = where_;
        bool goes_on = co_await tell(first);
        while (goes_on && !over_) goes_on = co_await accept_one();
        over_ = true;
        call_.changed().notify_all();
    }

    /// One connection, told to the client; what comes meanwhile waits in the queue of the kernel.
    asio::awaitable<bool> accept_one() {
        while (waiting_.full()) {
            const auto [stopped] = co_await room_.async_wait(as_tuple);
            if (stopped) co_return false;
        }
        const auto [ec] = co_await socket_.async_wait(stream_descriptor::wait_read, as_tuple);
        if (ec) co_return false;
        sockaddr_storage a{};
        socklen_t size = sizeof a;
        const int fd =
            ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&a), &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            if (is_exhausted(errno)) co_await pause();
            co_return true;
        }
        const int family = name_ ? AF_UNIX : a.ss_family;
        proto::forward_listen_line line;
        line.connection = waiting_.add(net::tunnel_socket(call_.get_executor(), family, fd), offers::clock::now());
        line.peer = text_of(a, size);
        clock_.cancel(); // it looks again
        co_return co_await tell(line);
    }

    asio::awaitable<void> pause() {
        asio::steady_timer timer(call_.get_executor(), exhausted_pause);
        co_await timer.async_wait(as_tuple);
    }

    asio::awaitable<void> expire() {
        while (!over_) {
            clock_.expires_at(waiting_.empty() ? offers::clock::time_point::max() : waiting_.next_deadline());
            co_await clock_.async_wait(as_tuple);
            waiting_.expire(offers::clock::now());
            if (!waiting_.full()) room_.notify_all();
        }
    }

    /// False where there is none to tell any more.
    asio::awaitable<bool> tell(const proto::forward_listen_line& line) {
        auto piece = proto::chunk::copy_of(boost::json::serialize(line.to_json()) + "\n");
        const auto sent = co_await call_.write(connections, std::move(piece));
        co_return sent && *sent;
    }

    call& call_;
    std::optional<unix_listener> name_;
    std::string where_;
    stream_descriptor socket_;
    asio::steady_timer clock_;
    net::condition room_;
    offers waiting_;
    net::task_group tasks_;
    bool over_ = false;
};

asio::awaitable<answer> listen_tcp(context& shared, call& c, const proto::forward_place& at) {
    const auto found = co_await allowed_addresses(shared, c, at, tunnel_direction::listen);
    if (!found) co_return found.error();
    auto socket = bind_first(*found, at.to_string());
    if (!socket) co_return socket.error();
    auto where = bound_text(socket->get());
    listening all(c, std::move(*socket), std::move(where), std::nullopt);
    co_return co_await all.run();
}

asio::awaitable<answer> listen_unix(context& shared, call& c, const std::string& path) {
    const auto open = [&] { return unix_listener::open(shared, c.who(), path); };
    auto opened = co_await net::run_blocking(c.files(), open);
    if (!opened) co_return opened.error();
    auto socket = std::move(opened->socket());
    listening all(c, std::move(socket), "unix:" + path, std::move(*opened));
    auto answered = co_await all.run();
    auto name = all.take_name();
    const auto forget = [&] { name.reset(); };
    co_await net::run_blocking(c.files(), forget);
    co_return answered;
}

} // namespace

asio::awaitable<answer> forward_listen(context& shared, call& c, proto::forward_listen_params params) {
    auto work = params.at.unix_path ? listen_unix(shared, c, *params.at.unix_path) : listen_tcp(shared, c, params.at);
    co_return co_await std::move(work);
}

asio::awaitable<answer> forward_accept(context&, call& c, proto::forward_accept_params params) {
    const auto found = c.io().over()->protocol().find(params.listen);
    auto* const listener = found ? proto::sink_of<call>(*found) : nullptr;
    if (listener == nullptr || !listener->on_accept)
        co_return proto::failure(proto::errc::not_found, "no call of that id listens on this connection");
    auto socket = listener->on_accept(params.connection);
    if (!socket)
        co_return proto::failure(proto::errc::not_found, "no connection of that number waits; one waits for at most " +
                                                             std::to_string(proto::offered_ms / 1000) +
                                                             " s, and is taken once");
    co_return co_await run_tunnel(c, std::move(*socket));
}

} // namespace tug::service

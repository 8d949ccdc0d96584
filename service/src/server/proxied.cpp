#include "server/proxied.hpp"

#include "tug/net/tokens.hpp"

#include "server/proxies.hpp"
#include "server/proxy_header.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
using asio::posix::stream_descriptor;

namespace {

using net::as_tuple;

/// The end of the time for a header.
struct deadline {
    explicit deadline(stream_descriptor* for_whom) : waits(for_whom) {}

    void pass() {
        late = true;
        if (waits != nullptr) waits->cancel();
    }

    stream_descriptor* waits; ///< Null: the header has been read.
    bool late = false;
};

/// Whom the header names, in the place of the proxy.
void take_over(accepted_socket& s, const asio::ip::tcp::endpoint& from, bool limit_loopback) {
    sockaddr_storage a{};
    std::memcpy(&a, from.data(), from.size());
    s.source.clear();
    identify(s, a, limit_loopback);
}

} // namespace

proxy_peers::proxy_peers(const std::vector<std::string>& texts) {
    for (const auto& text : texts)
        if (auto one = address_network::parse(text)) all_.push_back(*one);
}

bool proxy_peers::has(int fd) const {
    if (all_.empty()) return false;
    asio::ip::tcp::endpoint e;
    auto size = static_cast<socklen_t>(e.capacity());
    if (::getpeername(fd, e.data(), &size) != 0 || size > e.capacity()) return false;
    const auto family = e.data()->sa_family;
    if (family != AF_INET && family != AF_INET6) return false;
    e.resize(size);
    const auto peer = plain_address(e.address());
    return std::ranges::any_of(all_, [&](const auto& network) { return network.contains(peer); });
}

asio::awaitable<proto::result<accepted_socket>> read_proxy_header(asio::any_io_executor executor,
                                                                  accepted_socket socket, const options& settings) {
    co_await asio::this_coro::throw_if_cancelled(false);
    const int fd = socket.fd.get();
    stream_descriptor input(executor, fd);
    asio::steady_timer clock(executor, settings.opening_time);
    // Its handler may be on its way when this has ended.
    const auto time = std::make_shared<deadline>(&input);
    clock.async_wait([time](boost::system::error_code ec) {
        if (!ec) time->pass();
    });
    proxy_header header;
    proto::failure why(proto::errc::cancelled);
    std::array<std::byte, 512> buffer{};
    bool heard = false;
    while (header.now() == proxy_header::state::reading) {
        const auto n = ::recv(fd, buffer.data(), std::min(buffer.size(), header.wanted()), MSG_DONTWAIT);
        if (n > 0) {
            heard = true;
            header.feed(std::span(buffer).first(static_cast<std::size_t>(n)));
        } else if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            const auto [ec] = co_await input.async_wait(stream_descriptor::wait_read, as_tuple);
            if (!ec) continue;
            if (time->late) why.message = "no whole PROXY header came in time";
            break;
        } else if (n >= 0 || errno != EINTR) {
            if (heard) why.message = "the connection ended inside its PROXY header";
            break;
        }
    }
    clock.cancel();
    time->waits = nullptr;
    static_cast<void>(input.release()); // the descriptor stays with the socket
    if (header.now() == proxy_header::state::wrong) why.message = header.why();
    if (header.now() != proxy_header::state::whole) co_return why;
    if (header.source()) take_over(socket, *header.source(), settings.limit_loopback);
    co_return std::move(socket);
}

} // namespace tug::service

#include "dial.hpp"

#include <tug/net/event.hpp>
#include <tug/os/unique_fd.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tug::detail {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using boost::system::error_code;

namespace {

using endpoints = std::vector<stream_protocol::endpoint>;

/// With a NUL behind it. An endpoint of a longer one throws; parse() refuses it, but an address can be made without.
constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

proto::failure failed(const net::address& to, const error_code& ec) {
    return {proto::errc::connect_failed, to.to_string() + ": " + ec.message()};
}

/// A look-up that cannot be stopped: it runs in a thread inside getaddrinfo(). Shared, so that who waits may leave.
struct lookup {
    explicit lookup(const asio::any_io_executor& e) : resolver(e), done(e) {}

    asio::ip::tcp::resolver resolver;
    net::event done;
    std::optional<error_code> ended;
    endpoints found;
};

/// Tells that the look-up has ended, also where it is destroyed together with its io_context: who waits then goes too.
class lookup_end {
public:
    explicit lookup_end(std::shared_ptr<lookup> of) noexcept : of_(std::move(of)) {}

    lookup_end(lookup_end&&) noexcept = default;
    lookup_end& operator=(lookup_end&&) = delete;

    ~lookup_end() {
        if (of_) of_->done.notify_all();
    }

    void operator()(error_code ec, const asio::ip::tcp::resolver::results_type& results) const {
        for (const auto& r : results) of_->found.emplace_back(r.endpoint());
        of_->ended = ec;
    }

private:
    std::shared_ptr<lookup> of_;
};

void begin(const std::shared_ptr<lookup>& l, const net::address& to) {
    l->resolver.async_resolve(to.host, std::to_string(to.port), asio::ip::resolver_base::numeric_service,
                              lookup_end(l));
}

asio::awaitable<proto::result<endpoints>> resolve(asio::any_io_executor executor, const net::address& to) {
    if (to.path.size() > longest_socket_path)
        co_return proto::failure(proto::errc::bad_address, to.to_string() + ": the path of a Unix socket has at most " +
                                                               std::to_string(longest_socket_path) + " bytes");
    if (to.is_unix()) co_return endpoints(1, asio::local::stream_protocol::endpoint(to.path));
    error_code not_numeric;
    const auto numeric = asio::ip::make_address(to.host, not_numeric);
    if (!not_numeric) co_return endpoints(1, asio::ip::tcp::endpoint(numeric, to.port));
    const auto l = std::make_shared<lookup>(executor);
    begin(l, to);
    while (!l->ended) {
        const auto [ec] = co_await l->done.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return proto::errc::cancelled;
    }
    if (*l->ended) co_return failed(to, *l->ended);
    co_return std::move(l->found);
}

/// Made by hand: a socket that Asio 1.81 opens is inherited by every program that the application starts.
error_code open(net::stream_socket& socket, const stream_protocol::endpoint& to) {
    const auto protocol = to.protocol();
    os::unique_fd fd(::socket(protocol.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd) return {errno, boost::system::system_category()};
    error_code ec;
    socket.assign(protocol, fd.get(), ec);
    if (!ec) (void)fd.release();
    return ec;
}

} // namespace

asio::awaitable<proto::result<net::stream_socket>> dial(asio::any_io_executor executor, net::address to) {
    const auto found = co_await resolve(executor, to);
    if (!found) co_return found.error();
    error_code last = asio::error::host_not_found;
    for (const auto& endpoint : *found) {
        net::stream_socket socket(executor);
        last = open(socket, endpoint);
        if (last) continue;
        const auto [ec] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
        if (!ec) co_return std::move(socket);
        if (ec == asio::error::operation_aborted) co_return proto::errc::cancelled;
        last = ec;
    }
    co_return failed(to, last);
}

} // namespace tug::detail

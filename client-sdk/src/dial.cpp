#include "dial.hpp"

#include <tug/net/condition.hpp>
#include <tug/net/connect_first.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/un.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using boost::system::error_code;
using net::endpoints;

namespace {

/// With a NUL behind it. An endpoint of a longer one throws; parse() refuses it, but an address can be made without.
constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

proto::failure failed(const net::address& to, const std::string& why) {
    return {proto::errc::connect_failed, to.to_string() + ": " + why};
}

std::optional<asio::ip::address> numeric_host(const net::address& to) {
    error_code ec;
    const auto numeric = asio::ip::make_address(to.host, ec);
    return ec ? std::nullopt : std::optional(numeric);
}

/// A look-up that cannot be stopped: it runs in a thread inside getaddrinfo(). Shared, so that who waits may leave.
struct lookup {
    explicit lookup(const asio::any_io_executor& e) : resolver(e), done(e) {}

    asio::ip::tcp::resolver resolver;
    net::condition done;
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
    if (const auto numeric = numeric_host(to)) co_return endpoints(1, asio::ip::tcp::endpoint(*numeric, to.port));
    const auto l = std::make_shared<lookup>(executor);
    begin(l, to);
    while (!l->ended) {
        const auto [ec] = co_await l->done.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return proto::errc::cancelled;
    }
    if (*l->ended) co_return failed(to, l->ended->message());
    co_return std::move(l->found);
}

} // namespace

asio::awaitable<proto::result<net::stream_socket>> dial(asio::any_io_executor executor, net::address to) {
    const auto found = co_await resolve(executor, to);
    if (!found) co_return found.error();
    const bool named = !to.is_unix() && !numeric_host(to); // else the failure names it already
    auto socket = co_await net::connect_first(executor, *found, named);
    if (!socket && socket.error().code == proto::errc::connect_failed) co_return failed(to, socket.error().message);
    co_return std::move(socket);
}

} // namespace tug::detail

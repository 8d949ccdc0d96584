#include "dial.hpp"

#include <tug/net/connect_first.hpp>
#include <tug/net/name_lookups.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/un.h>

#include <cstddef>
#include <string>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using boost::system::error_code;
using net::endpoints;

namespace {

/// With a NUL behind it. An endpoint of a longer one throws; parse() refuses it, but an address can be made without.
constexpr std::size_t longest_socket_path = sizeof(sockaddr_un::sun_path) - 1;

proto::failure failed(const net::address& to, const proto::failure& why) {
    return {proto::errc::connect_failed, to.to_string() + ": " + why.message};
}

bool is_number(const net::address& to) {
    error_code ec;
    (void)asio::ip::make_address(to.host, ec);
    return !ec;
}

asio::awaitable<proto::result<endpoints>> resolve(const net::address& to) {
    if (to.path.size() > longest_socket_path)
        co_return proto::failure(proto::errc::bad_address, to.to_string() + ": the path of a Unix socket has at most " +
                                                               std::to_string(longest_socket_path) + " bytes");
    if (to.is_unix()) co_return endpoints(1, asio::local::stream_protocol::endpoint(to.path));
    const auto found = co_await net::name_lookups::of_process().find(to.host);
    if (!found && found.error().code == proto::errc::cancelled) co_return found.error();
    if (!found) co_return failed(to, found.error());
    endpoints out;
    for (const auto& address : *found) out.emplace_back(asio::ip::tcp::endpoint(address, to.port));
    co_return out;
}

} // namespace

asio::awaitable<proto::result<net::stream_socket>> dial(asio::any_io_executor executor, net::address to) {
    const auto found = co_await resolve(to);
    if (!found) co_return found.error();
    const bool named = !to.is_unix() && !is_number(to); // else the failure names it already
    auto socket = co_await net::connect_first(executor, *found, named);
    if (!socket && socket.error().code == proto::errc::connect_failed) co_return failed(to, socket.error());
    co_return std::move(socket);
}

} // namespace tug::detail

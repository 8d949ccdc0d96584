#include "dial_through.hpp"

#include "at_home.hpp"
#include "session.hpp"

#include <tug/tunnel.hpp>

#include <tug/os/errno.hpp>
#include <tug/os/unique_fd.hpp>

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;

namespace {

using end = proto::result<os::unique_fd>;

/// Our end of a pair whose other end is the tunnel. It is a socket because TLS and all else of a connection work over
/// one, on whatever thread the new client lives.
asio::awaitable<end> open_pair(session_ptr via, forward_target where) {
    auto made = co_await connect_to(via, std::move(where));
    if (!made) co_return made.error();
    std::array<int, 2> fds{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds.data()) != 0) {
        proto::failure why(proto::errc::local_io, "a pair of sockets cannot be made");
        why.os_error = os::errno_name(errno);
        co_return why;
    }
    os::unique_fd ours(fds[0]);
    net::stream_socket theirs(via->executor(), asio::generic::stream_protocol(AF_UNIX, 0), fds[1]);
    via->spawn(relay(std::move(theirs), std::move(*made)));
    co_return end(std::move(ours));
}

} // namespace

asio::awaitable<proto::result<net::stream_socket>> dial_through(asio::any_io_executor executor, session_ptr via,
                                                                net::address to) {
    forward_target where;
    where.host = to.host;
    where.port = to.port;
    where.socket = to.path;
    const auto brought = std::make_shared<std::optional<proto::result<os::unique_fd>>>();
    auto work = keep(open_pair(via, std::move(where)), brought);
    co_await move_to(via->executor(), std::move(work));
    auto& ours = **brought;
    if (!ours) co_return ours.error();
    co_return net::stream_socket(executor, asio::generic::stream_protocol(AF_UNIX, 0), ours->release());
}

} // namespace tug::detail

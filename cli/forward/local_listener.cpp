#include "local_listener.hpp"

#include "cli/forward/tokens.hpp"
#include "cli/local/byte_streams.hpp"
#include "cli/local/report.hpp"

#include <tug/error.hpp>
#include <tug/net/name_lookups.hpp>
#include <tug/os/need_of_port.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <utility>

namespace asio = boost::asio;
using asio::ip::tcp;
using generic = asio::generic::stream_protocol;

namespace tug::cli {

namespace {

/// Where no descriptor is left, the next look is so much later.
constexpr auto exhausted_pause = std::chrono::milliseconds(100);

[[noreturn]] void cannot_listen(const forward_end& at, int err) {
    const auto need = at.socket.empty() ? os::need_of_port(err) : std::string_view();
    throw_local("cannot listen at " + quoted_name(at.to_string()).append(need), err);
}

[[noreturn]] void cannot_connect(boost::system::error_code ec) {
    if (ec == asio::error::operation_aborted) throw error(failure(errc::cancelled));
    failure why(errc::connect_failed, ec.message());
    const char* const name =
        ec.category() == boost::system::system_category() ? ::strerrorname_np(ec.value()) : nullptr;
    if (name != nullptr) why.os_error = name;
    throw error(std::move(why));
}

[[noreturn]] void cannot_connect(int err) {
    cannot_connect(boost::system::error_code(err, boost::system::system_category()));
}

/// -1 with errno.
int bound_socket(const generic::endpoint& at) {
    const int family = at.protocol().family();
    const int fd = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    const int on = 1;
    if (family != AF_UNIX) ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (family == AF_INET6) ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (::bind(fd, at.data(), static_cast<socklen_t>(at.size())) == 0 && ::listen(fd, SOMAXCONN) == 0) return fd;
    const int err = errno;
    ::close(fd);
    errno = err;
    return -1;
}

std::unique_ptr<local_listener> listen_at_socket(asio::any_io_executor executor, const forward_end& at) {
    if (at.socket.size() >= sizeof(sockaddr_un::sun_path)) cannot_listen(at, ENAMETOOLONG);
    // No other user may connect to it; there is one thread that makes files here.
    const auto mask = ::umask(0177);
    const int fd = bound_socket(asio::local::stream_protocol::endpoint(at.socket));
    const int err = errno;
    ::umask(mask);
    if (fd < 0) cannot_listen(at, err);
    return std::make_unique<local_listener>(executor, AF_UNIX, fd, at);
}

std::uint16_t bound_port(int fd) {
    tcp::endpoint e;
    auto size = static_cast<socklen_t>(e.capacity());
    if (::getsockname(fd, e.data(), &size) == 0) e.resize(size);
    return e.port();
}

asio::awaitable<std::vector<tcp::endpoint>> addresses_of(const forward_end& at) {
    std::vector<tcp::endpoint> out;
    if (at.host == every_address) {
        out.emplace_back(tcp::v6(), at.port);
        out.emplace_back(tcp::v4(), at.port);
        co_return out;
    }
    const std::string host = at.host.empty() ? "localhost" : at.host;
    const auto found = co_await net::name_lookups::of_process().find(host);
    if (!found && found.error().code == errc::cancelled) throw error(found.error());
    if (!found)
        throw error(failure(errc::local_io, "cannot listen at " + quoted_name(host) + ": " + found.error().message));
    for (const auto& address : *found) out.emplace_back(address, at.port);
    co_return out;
}

} // namespace

local_listener::local_listener(const asio::any_io_executor& executor, int family, int descriptor, forward_end where)
    : family_(family), socket_(executor, generic(family, 0), descriptor), where_(std::move(where)) {}

local_listener::~local_listener() {
    if (!where_.socket.empty()) ::unlink(where_.socket.c_str());
}

asio::awaitable<local_socket> local_listener::accept() {
    for (;;) {
        co_await socket_.async_wait(raw_acceptor::wait_read, asio::use_awaitable);
        const int fd = ::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd >= 0) co_return local_socket(socket_.get_executor(), generic(family_, 0), fd);
        if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) continue;
        asio::steady_timer pause(socket_.get_executor(), exhausted_pause);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<local_listeners> listeners_at(asio::any_io_executor executor, forward_end at) {
    local_listeners out;
    if (!at.socket.empty()) {
        out.push_back(listen_at_socket(executor, at));
        co_return out;
    }
    int missing = EADDRNOTAVAIL;
    const auto all = co_await addresses_of(at);
    for (auto e : all) {
        if (e.port() == 0 && !out.empty()) e.port(out.front()->where().port);
        forward_end where{e.address().to_string(), e.port(), {}};
        const int fd = bound_socket(generic::endpoint(e));
        if (fd < 0 && errno != EAFNOSUPPORT && errno != EADDRNOTAVAIL) cannot_listen(where, errno);
        if (fd < 0) {
            missing = errno;
            continue;
        }
        where.port = bound_port(fd);
        out.push_back(std::make_unique<local_listener>(executor, e.protocol().family(), fd, std::move(where)));
    }
    if (out.empty()) cannot_listen(at, missing);
    co_return out;
}

asio::awaitable<local_socket> connect_here(asio::any_io_executor executor, forward_end to) {
    if (!to.socket.empty()) {
        if (to.socket.size() >= sizeof(sockaddr_un::sun_path)) cannot_connect(ENAMETOOLONG);
        asio::local::stream_protocol::socket s(executor);
        const auto [ec] = co_await s.async_connect(asio::local::stream_protocol::endpoint(to.socket), as_tuple);
        if (ec) cannot_connect(ec);
        co_return local_socket(std::move(s));
    }
    const auto found = co_await net::name_lookups::of_process().find(to.host);
    if (!found) throw error(found.error());
    std::vector<tcp::endpoint> all;
    for (const auto& address : *found) all.emplace_back(address, to.port);
    tcp::socket s(executor);
    const auto [ec, used] = co_await asio::async_connect(s, all, as_tuple);
    if (ec) cannot_connect(ec);
    co_return local_socket(std::move(s));
}

} // namespace tug::cli

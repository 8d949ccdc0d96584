#include "server/listener.hpp"

#include "tug/net/tokens.hpp"

#include "os/cannot_listen.hpp"
#include "os/exhausted.hpp"
#include "server/source.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstring>
#include <new>
#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using net::as_tuple;

/// Accepted in a row before others on the same thread get their turn.
constexpr int accept_batch = 64;

/// Between two attempts at an address in use. Each makes a connection to a Unix socket that is alive.
constexpr auto between_attempts = std::chrono::milliseconds(100);

/// Descriptors that no connection gets: about what 256 commands need. However many unauthenticated come, those who are
/// in can work, and trees of processes can be found and killed.
constexpr rlim_t most_reserved = 1024;

int first_reserved_descriptor() {
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return INT_MAX;
    const auto first = files.rlim_cur - std::min(files.rlim_cur / 4, most_reserved);
    return static_cast<int>(std::min<rlim_t>(first, INT_MAX));
}

struct bound {
    os::unique_fd fd;
    int family;
    bool loopback;
};

proto::failure cannot_listen(const net::address& where, int err) {
    return cannot_listen_at(where.to_string(), err);
}

os::unique_fd open_socket(int family) {
    return os::unique_fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// Does not wait for one that hangs: it is alive, too.
bool is_alive(const sockaddr_un& a) {
    const os::unique_fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0 || errno != ECONNREFUSED;
}

proto::result<bound> bind_unix(const net::address& where) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    where.path.copy(a.sun_path, sizeof a.sun_path - 1);
    struct stat st{};
    if (::lstat(a.sun_path, &st) == 0) {
        if (!S_ISSOCK(st.st_mode)) return cannot_listen(where, EEXIST);
        if (is_alive(a)) return cannot_listen(where, EADDRINUSE);
        ::unlink(a.sun_path);
    }
    auto fd = open_socket(AF_UNIX);
    if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) != 0 ||
        ::listen(fd.get(), SOMAXCONN) != 0)
        return cannot_listen(where, errno);
    return bound{std::move(fd), AF_UNIX, true};
}

proto::result<bound> bind_tcp(const net::address& where, const protection& by) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (const int e = ::getaddrinfo(where.host.c_str(), std::to_string(where.port).c_str(), &hints, &found); e != 0)
        return proto::failure(proto::errc::bad_address, where.to_string() + ": " + ::gai_strerror(e));
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(found, ::freeaddrinfo);
    const bool loopback = is_loopback(all->ai_addr);
    if (auto allowed = check_exposure(where, loopback, by); !allowed) return allowed.error();
    auto fd = open_socket(all->ai_family);
    const int on = 1;
    if (fd) ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!fd || ::bind(fd.get(), all->ai_addr, all->ai_addrlen) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
        return cannot_listen_at_port(where.to_string(), errno);
    return bound{std::move(fd), all->ai_family, loopback};
}

std::uint16_t local_port(int fd) {
    sockaddr_storage a{};
    socklen_t size = sizeof a;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size);
    if (a.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(a).sin_port);
    if (a.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(a).sin6_port);
    return 0;
}

/// What a socket that another process has bound listens on. Nothing where it does not listen for streams.
std::optional<net::address> listening_on(int fd, sockaddr_storage& a) {
    int listens = 0;
    int type = 0;
    socklen_t size = sizeof listens;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0 || listens == 0) return std::nullopt;
    size = sizeof type;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) return std::nullopt;
    size = sizeof a;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&a), &size) != 0) return std::nullopt;
    if (a.ss_family == AF_UNIX) {
        const auto& local = reinterpret_cast<const sockaddr_un&>(a);
        return net::address{"", 0, std::string(local.sun_path, ::strnlen(local.sun_path, sizeof local.sun_path))};
    }
    std::array<char, NI_MAXHOST> host{};
    if (a.ss_family != AF_INET && a.ss_family != AF_INET6) return std::nullopt;
    if (::getnameinfo(reinterpret_cast<const sockaddr*>(&a), size, host.data(), host.size(), nullptr, 0,
                      NI_NUMERICHOST) != 0)
        return std::nullopt;
    return net::address{host.data(), local_port(fd), ""};
}

} // namespace

void identify(accepted_socket& s, const sockaddr_storage& a, bool limit_loopback) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const auto* any = reinterpret_cast<const sockaddr*>(&a);
    if (any->sa_family == AF_INET) {
        const auto& v4 = reinterpret_cast<const sockaddr_in&>(a);
        ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size());
        s.peer = std::string(text.data()) + ":" + std::to_string(ntohs(v4.sin_port));
    } else if (any->sa_family == AF_INET6) {
        const auto& v6 = reinterpret_cast<const sockaddr_in6&>(a);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
        s.peer = std::string("[").append(text.data()).append("]:") + std::to_string(ntohs(v6.sin6_port));
    } else {
        ucred who{};
        socklen_t size = sizeof who;
        const bool known = ::getsockopt(s.fd.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) == 0;
        const std::string user = known ? "unix:uid=" + std::to_string(who.uid) : "unix";
        s.peer = known ? user + ",pid=" + std::to_string(who.pid) : user;
        if (limit_loopback) s.source = user;
        return;
    }
    if (limit_loopback || !is_loopback(any)) s.source = source_of(any);
}

proto::result<std::unique_ptr<listener>> listener::open(asio::io_context& io, const net::address& where,
                                                        const protection& by, bool limit_loopback) {
    auto socket = where.is_unix() ? bind_unix(where) : bind_tcp(where, by);
    if (!socket) return socket.error();
    auto actual = where;
    if (!where.is_unix()) actual.port = local_port(socket->fd.get());
    auto out = std::unique_ptr<listener>(
        new listener(io, std::move(actual), std::move(socket->fd), socket->family, limit_loopback));
    out->exposed_ = !socket->loopback && !by.tls;
    out->owns_path_ = where.is_unix();
    return out;
}

proto::result<std::unique_ptr<listener>> listener::open_until(std::chrono::steady_clock::time_point deadline,
                                                              asio::io_context& io, const net::address& where,
                                                              const protection& by, bool limit_loopback) {
    for (;;) {
        auto opened = open(io, where, by, limit_loopback);
        if (opened || opened.error().os_error != "EADDRINUSE") return opened;
        if (std::chrono::steady_clock::now() >= deadline) return opened;
        asio::steady_timer(io, between_attempts).wait();
    }
}

proto::result<std::unique_ptr<listener>> listener::adopt(asio::io_context& io, os::unique_fd socket,
                                                         const protection& by, bool limit_loopback) {
    sockaddr_storage a{};
    auto where = listening_on(socket.get(), a);
    if (!where)
        return proto::failure(proto::errc::bad_address,
                              "descriptor " + std::to_string(socket.get()) +
                                  ", passed by the service manager, is no stream socket that listens; a socket unit "
                                  "needs ListenStream= and Accept=no");
    const bool local = a.ss_family == AF_UNIX || is_loopback(reinterpret_cast<const sockaddr*>(&a));
    if (a.ss_family != AF_UNIX)
        if (auto allowed = check_exposure(*where, local, by); !allowed) return allowed.error();
    const int flags = ::fcntl(socket.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0) return cannot_listen(*where, errno);
    auto out =
        std::unique_ptr<listener>(new listener(io, std::move(*where), std::move(socket), a.ss_family, limit_loopback));
    out->exposed_ = !local && !by.tls;
    return out;
}

listener::listener(asio::io_context& io, net::address where, os::unique_fd fd, int family, bool limit_loopback)
    : where_(std::move(where)),
      family_(family),
      limit_loopback_(limit_loopback),
      first_reserved_(first_reserved_descriptor()),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      socket_(io, fd.release()) {}

listener::~listener() {
    if (owns_path_) ::unlink(where_.path.c_str());
}

asio::awaitable<void> listener::accept(std::function<void(accepted_socket)> deal) {
    for (;;) {
        const auto [ec] = co_await socket_.async_wait(asio::posix::stream_descriptor::wait_read, as_tuple);
        if (ec) co_return;
        const int err = accept_ready(deal);
        if (err == 0) continue;
        shed_one();
        asio::steady_timer pause(socket_.get_executor(), exhausted_pause);
        const auto [woken] = co_await pause.async_wait(as_tuple);
        if (woken) co_return;
    }
}

/// Accepts what waits, up to a batch. The errno that says that nothing more can be accepted now, else 0.
int listener::accept_ready(const std::function<void(accepted_socket)>& deal) {
    for (int i = 0; i < accept_batch; ++i) {
        sockaddr_storage a{};
        socklen_t size = sizeof a;
        accepted_socket s;
        s.fd.reset(
            ::accept4(socket_.native_handle(), reinterpret_cast<sockaddr*>(&a), &size, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (!s.fd) {
            if (is_exhausted(errno)) return errno;
            if (errno == EAGAIN || errno == EWOULDBLOCK) return 0;
            continue; // the peer has gone again
        }
        // The kernel gives the smallest free number, so all below it are in use.
        if (s.fd.get() >= first_reserved_) return EMFILE;
        s.family = family_;
        identify(s, a, limit_loopback_);
        deal(std::move(s));
    }
    return 0;
}

/// With no descriptor left the next connection cannot even be refused: it would be reported again and again.
void listener::shed_one() {
    reserve_.reset();
    const os::unique_fd victim(::accept4(socket_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

} // namespace tug::service

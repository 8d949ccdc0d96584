#include "announce/announce_socket.hpp"

#include "os/cannot_listen.hpp"

#include <tug/proto/announcement.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

/// No router has passed it on: each takes one off (RFC 5082).
constexpr int hops_on_link = 255;

/// Room for what the kernel says of a datagram: its hops, and the interface.
using control_room = std::array<std::byte, CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(in6_pktinfo))>;

template <class T>
bool set(int fd, int level, int name, const T& value) {
    return ::setsockopt(fd, level, name, &value, sizeof value) == 0;
}

bool ask_for_details(int fd, bool v6) {
    if (!v6) return set(fd, IPPROTO_IP, IP_RECVTTL, 1) && set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    return set(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

/// Several tugd on a host hear the same queries.
bool bind_to_port(int fd, bool v6) {
    if (!set(fd, SOL_SOCKET, SO_REUSEADDR, 1) || (v6 && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))) return false;
    const udp::endpoint at(v6 ? udp::v6() : udp::v4(), proto::announce_port);
    return ::bind(fd, at.data(), static_cast<socklen_t>(at.size())) == 0;
}

template <class T>
std::optional<T> read_as(const cmsghdr* c, int level, int type) {
    if (c->cmsg_level != level || c->cmsg_type != type) return std::nullopt;
    T out;
    std::memcpy(&out, CMSG_DATA(c), sizeof out);
    return out;
}

struct details {
    int hops = 0;
    unsigned interface = 0;
};

details details_of(msghdr& m) {
    details out;
    for (auto* c = CMSG_FIRSTHDR(&m); c != nullptr; c = CMSG_NXTHDR(&m, c)) {
        if (const auto hops = read_as<int>(c, IPPROTO_IP, IP_TTL)) out.hops = *hops;
        if (const auto hops = read_as<int>(c, IPPROTO_IPV6, IPV6_HOPLIMIT)) out.hops = *hops;
        if (const auto info = read_as<in_pktinfo>(c, IPPROTO_IP, IP_PKTINFO))
            out.interface = static_cast<unsigned>(info->ipi_ifindex);
        if (const auto info = read_as<in6_pktinfo>(c, IPPROTO_IPV6, IPV6_PKTINFO)) out.interface = info->ipi6_ifindex;
    }
    return out;
}

template <class T>
void write_as(msghdr& m, int level, int type, const T& value) {
    m.msg_controllen = CMSG_SPACE(sizeof value);
    auto* const c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(c), &value, sizeof value);
}

} // namespace

announce_socket::announce_socket(asio::io_context& io, bool v6, os::unique_fd fd)
    : v6_(v6), socket_(io, v6 ? udp::v6() : udp::v4(), fd.release()) {}

proto::result<std::optional<announce_socket>> announce_socket::open(asio::io_context& io, bool v6) {
    os::unique_fd fd(::socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!fd && errno == EAFNOSUPPORT) return std::optional<announce_socket>();
    if (!fd || !ask_for_details(fd.get(), v6) || !bind_to_port(fd.get(), v6)) {
        const int err = errno;
        if (v6 && err == EADDRNOTAVAIL) return std::optional<announce_socket>(); // IPv6 is turned off
        return cannot_listen_at("UDP port " + std::to_string(proto::announce_port), err);
    }
    return std::optional<announce_socket>(announce_socket(io, v6, std::move(fd)));
}

void announce_socket::join(const net::network_interface& at) {
    const int fd = socket_.native_handle();
    if (v6_) {
        ipv6_mreq group{};
        ::inet_pton(AF_INET6, std::string(proto::announce_group_v6).c_str(), &group.ipv6mr_multiaddr);
        group.ipv6mr_interface = at.index;
        (void)set(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, group);
        return;
    }
    ip_mreqn group{};
    ::inet_pton(AF_INET, std::string(proto::announce_group_v4).c_str(), &group.imr_multiaddr);
    group.imr_ifindex = static_cast<int>(at.index);
    (void)set(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, group);
}

asio::awaitable<std::optional<announce_datagram>> announce_socket::next() {
    for (;;) {
        if (auto got = receive()) co_return got;
        if (errno == EINTR) continue;
        const auto [ec] = co_await socket_.async_wait(udp::socket::wait_read, asio::as_tuple(asio::use_awaitable));
        if (ec) co_return std::nullopt;
    }
}

/// Nothing where none is there, and errno says why; a datagram from elsewhere counts as an interruption.
std::optional<announce_datagram> announce_socket::receive() {
    announce_datagram out;
    iovec room{buffer_.data(), buffer_.size()};
    alignas(cmsghdr) control_room control{};
    msghdr m{};
    m.msg_name = out.from.data();
    m.msg_namelen = static_cast<socklen_t>(out.from.capacity());
    m.msg_iov = &room;
    m.msg_iovlen = 1;
    m.msg_control = control.data();
    m.msg_controllen = control.size();
    const auto n = ::recvmsg(socket_.native_handle(), &m, MSG_DONTWAIT);
    if (n < 0) return std::nullopt;
    out.from.resize(m.msg_namelen);
    const auto known = details_of(m);
    if ((m.msg_flags & MSG_TRUNC) != 0 || known.hops != hops_on_link) {
        errno = EINTR;
        return std::nullopt;
    }
    out.interface = known.interface;
    out.bytes = std::span(buffer_).first(static_cast<std::size_t>(n));
    return out;
}

void announce_socket::send(std::string_view bytes, const udp::endpoint& to, unsigned interface,
                           const std::optional<asio::ip::address>& source) {
    iovec from{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) control_room control{};
    msghdr m{};
    auto there = to;
    m.msg_name = there.data();
    m.msg_namelen = static_cast<socklen_t>(there.size());
    m.msg_iov = &from;
    m.msg_iovlen = 1;
    m.msg_control = control.data();
    m.msg_controllen = control.size();
    if (v6_) {
        in6_pktinfo by{};
        by.ipi6_ifindex = interface;
        if (source) std::ranges::copy(source->to_v6().to_bytes(), by.ipi6_addr.s6_addr);
        write_as(m, IPPROTO_IPV6, IPV6_PKTINFO, by);
    } else {
        in_pktinfo by{};
        by.ipi_ifindex = static_cast<int>(interface);
        if (source) by.ipi_spec_dst.s_addr = htonl(source->to_v4().to_uint());
        write_as(m, IPPROTO_IP, IP_PKTINFO, by);
    }
    (void)::sendmsg(socket_.native_handle(), &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

} // namespace tug::service

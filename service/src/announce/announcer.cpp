#include "announce/announcer.hpp"

#include <tug/os/errno.hpp>
#include <tug/os/random.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_name = 64;

std::string name_of_host() {
    std::array<char, 256> text{};
    if (::gethostname(text.data(), text.size() - 1) != 0) return "";
    return std::string(proto::cut(text.data(), most_name));
}

std::string new_instance() {
    std::array<std::byte, 16> random{};
    (void)os::fill_random(random);
    std::string out;
    for (const auto b : random) {
        out += "0123456789abcdef"[std::to_integer<unsigned>(b) >> 4U];
        out += "0123456789abcdef"[std::to_integer<unsigned>(b) & 15U];
    }
    return out;
}

/// Readable whenever an interface or an address comes or goes.
os::unique_fd follow_changes() {
    os::unique_fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
    sockaddr_nl at{};
    at.nl_family = AF_NETLINK;
    at.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (fd && ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) fd.reset();
    return fd;
}

bool same(const asio::ip::address& a, const asio::ip::address& b) {
    if (a.is_v4() != b.is_v4()) return false;
    return a.is_v4() ? a.to_v4() == b.to_v4() : a.to_v6().to_bytes() == b.to_v6().to_bytes();
}

} // namespace

std::optional<reachable> reachable_by(const std::vector<net::address>& listening, const net::network_interface& at,
                                      bool v6) {
    for (const auto& one : listening) {
        boost::system::error_code ec;
        const auto host = asio::ip::make_address(one.host, ec);
        if (one.is_unix() || ec) continue;
        if (host.is_unspecified() && (host.is_v6() || !v6)) return reachable{one.port, std::nullopt};
        const bool here = std::ranges::any_of(at.addresses, [&](const auto& own) { return same(own, host); });
        if (here && host.is_v6() == v6) return reachable{one.port, host};
    }
    return std::nullopt;
}

announcer::announcer(asio::io_context& io, settings how, current_keys keys, os::unique_fd changes)
    : how_(std::move(how)),
      keys_(std::move(keys)),
      changes_(io, changes.release()),
      name_(name_of_host()),
      instance_(new_instance()) {}

proto::result<std::unique_ptr<announcer>> announcer::open(asio::io_context& io, settings how, current_keys keys,
                                                          const log& logger) {
    auto changes = follow_changes();
    if (!changes) {
        proto::failure f(proto::errc::io_error, std::string("cannot follow the networks: ") + std::strerror(errno));
        f.os_error = os::errno_name(errno);
        return f;
    }
    std::unique_ptr<announcer> out(new announcer(io, std::move(how), std::move(keys), std::move(changes)));
    for (const bool v6 : {false, true}) {
        auto opened = announce_socket::open(io, v6);
        if (!opened) return opened.error();
        if (*opened) (v6 ? out->v6_ : out->v4_).emplace(std::move(**opened));
    }
    out->join_all();
    out->tell(logger);
    return out;
}

std::vector<asio::awaitable<void>> announcer::tasks() {
    std::vector<asio::awaitable<void>> out;
    if (v4_) out.push_back(answer_all(*v4_, false));
    if (v6_) out.push_back(answer_all(*v6_, true));
    out.push_back(follow_interfaces());
    return out;
}

void announcer::tell(const log& logger) const {
    std::string names;
    for (const auto& one : interfaces_) names.append(names.empty() ? "" : ",").append(one.name);
    if (names.empty())
        logger.warning("announcing", {{"risk", "none of the interfaces of --announce is there yet"}});
    else
        logger.info("announcing", {{"on", names}});
}

void announcer::join_all() {
    interfaces_ = net::network_interfaces();
    const auto wanted = [&](const auto& one) {
        return std::ranges::any_of(how_.interfaces,
                                   [&](const auto& name) { return name == "any" || name == one.name; });
    };
    std::erase_if(interfaces_, [&](const auto& one) { return !wanted(one); });
    for (const auto& one : interfaces_) {
        if (v4_) v4_->join(one);
        if (v6_) v6_->join(one);
    }
}

asio::awaitable<void> announcer::follow_interfaces() {
    std::array<std::byte, 8'192> ignored;
    for (;;) {
        const auto [ec] = co_await changes_.async_wait(asio::posix::stream_descriptor::wait_read,
                                                       asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        // What it says is not looked at, and may be more than fits: how things are now is asked for.
        while (::recv(changes_.native_handle(), ignored.data(), ignored.size(), MSG_DONTWAIT) > 0 || errno == ENOBUFS) {
        }
        join_all();
    }
}

asio::awaitable<void> announcer::answer_all(announce_socket& from, bool v6) {
    for (;;) {
        const auto asked = co_await from.next();
        if (!asked) co_return;
        answer(from, v6, *asked);
    }
}

void announcer::answer(announce_socket& by, bool v6, const announce_datagram& asked) {
    const auto at = std::ranges::find(interfaces_, asked.interface, &net::network_interface::index);
    if (at == interfaces_.end()) return;
    const auto where = reachable_by(how_.listening, *at, v6);
    if (!where || !rate_.take(asked.from.address(), std::chrono::steady_clock::now())) return;
    const auto query = proto::read_query(reader_, asked.bytes);
    if (!query) return;
    // As much work for a key that is not known: how long it takes tells nothing.
    const auto keys = keys_();
    const auto known = keys ? keys->find(query->key) : key_ring::const_iterator();
    const bool is_known = keys && known != keys->end();
    const auto key = is_known ? known->second.key : proto::secret_key();
    const bool is_signed = proto::is_signed_by(*query, key) && is_known && !query->key.empty();
    proto::announcement said;
    said.server = how_.server;
    said.name = name_;
    said.instance = instance_;
    said.port = where->port;
    said.tls = how_.tls;
    const auto bytes = proto::make_answer(*query, said, is_signed ? &key : nullptr);
    if (!bytes.empty()) by.send(bytes, asked.from, asked.interface, where->source);
}

} // namespace tug::service

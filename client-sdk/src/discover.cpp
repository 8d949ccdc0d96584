#include "tug/net/tokens.hpp"
#include <tug/discover.hpp>

#include "at_home.hpp"

#include <tug/address.hpp>
#include <tug/net/interfaces.hpp>
#include <tug/net/task_group.hpp>
#include <tug/os/random.hpp>
#include <tug/proto/announcement.hpp>

#include <boost/asio/ip/multicast.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

using net::as_tuple;

/// Datagrams get lost.
constexpr int times_asked = 3;

/// A host of the network may answer as many.
constexpr std::size_t most_hosts = 10'000;
constexpr std::size_t most_addresses = 16;

/// A socket for one address of this host: what comes to it came from its network.
struct asker {
    udp::socket socket;
    udp::endpoint group;
};

/// How near others are that reach an address: any, those of a network, this host.
int rank(const asio::ip::address& a) {
    if (a.is_loopback()) return 3;
    if (a.is_v4()) return 0;
    return a.to_v6().is_link_local() ? 2 : 1;
}

class search {
public:
    search(asio::any_io_executor home, const discover_options& how, proto::announce_query query)
        : home_(home), how_(how), query_(std::move(query)), datagram_(proto::datagram_of(query_)), tasks_(home) {}

    /// Whether it was not cancelled.
    asio::awaitable<bool> run() {
        co_await asio::this_coro::throw_if_cancelled(false);
        open_all();
        for (auto& one : askers_) tasks_.spawn(hear(one));
        asio::steady_timer clock(home_);
        bool whole = true;
        for (int i = 0; i < times_asked && whole; ++i) {
            for (auto& one : askers_) ask(one);
            clock.expires_after(how_.wait() / times_asked);
            const auto [ec] = co_await clock.async_wait(as_tuple);
            whole = !ec;
        }
        tasks_.cancel();
        co_await tasks_.join();
        co_return whole;
    }

    [[nodiscard]] std::vector<found_host> found() const {
        std::vector<found_host> out;
        for (const auto& [instance, one] : hosts_) {
            auto addresses = one.addresses;
            std::ranges::stable_sort(addresses, {}, [](const auto& a) { return rank(a.address()); });
            auto host = one.said;
            for (const auto& a : addresses) host.addresses.push_back(text_of(a));
            out.push_back(std::move(host));
        }
        std::ranges::stable_sort(out, {}, &found_host::name);
        return out;
    }

private:
    struct known_host {
        found_host said;
        std::vector<udp::endpoint> addresses; ///< With the port of tugd.
    };

    static std::string text_of(const udp::endpoint& at) {
        tug::address out;
        out.host = at.address().to_string();
        out.port = at.port();
        return out.to_string();
    }

    void open_all() {
        for (const auto& network : net::network_interfaces()) {
            const auto& only = how_.interfaces();
            if (!only.empty() && std::ranges::find(only, network.name) == only.end()) continue;
            bool has_v6 = false;
            for (const auto& own : network.addresses) {
                const bool link_local = own.is_v6() && own.to_v6().is_link_local();
                if (own.is_v6() && (has_v6 || !(link_local || own.is_loopback()))) continue;
                has_v6 = has_v6 || own.is_v6();
                open(network, own);
            }
        }
    }

    void open(const net::network_interface& network, const asio::ip::address& own) {
        boost::system::error_code ec;
        asker one{udp::socket(home_), {}};
        const auto set = [&](const auto& option) {
            if (!ec) one.socket.set_option(option, ec);
        };
        one.socket.open(own.is_v4() ? udp::v4() : udp::v6(), ec);
        if (!ec) one.socket.bind(udp::endpoint(own, 0), ec);
        set(asio::ip::multicast::hops(255)); // who hears it knows that it is of this network
        set(asio::ip::multicast::enable_loopback(true));
        if (own.is_v4()) {
            set(asio::ip::multicast::outbound_interface(own.to_v4()));
            one.group = {asio::ip::make_address_v4(proto::announce_group_v4), proto::announce_port};
        } else {
            set(asio::ip::multicast::outbound_interface(network.index));
            auto group = asio::ip::make_address_v6(proto::announce_group_v6);
            group.scope_id(network.index);
            one.group = {group, proto::announce_port};
        }
        if (!ec) askers_.push_back(std::move(one));
    }

    /// What cannot be sent now is sent the next time.
    void ask(asker& one) const {
        boost::system::error_code ignored;
        one.socket.send_to(asio::buffer(datagram_), one.group, 0, ignored);
    }

    asio::awaitable<void> hear(asker& one) {
        std::array<std::byte, 2 * proto::announce_size> room;
        for (;;) {
            udp::endpoint from;
            const auto [ec, size] = co_await one.socket.async_receive_from(asio::buffer(room), from, as_tuple);
            const auto cancelled = co_await asio::this_coro::cancellation_state;
            if (ec == asio::error::operation_aborted || cancelled.cancelled() != asio::cancellation_type::none)
                co_return;
            if (!ec) take(std::span(room).first(size), from);
        }
    }

    void take(std::span<const std::byte> datagram, udp::endpoint from) {
        const auto* const key = how_.key() ? &how_.key()->key() : nullptr;
        const auto answer = proto::read_answer(reader_, datagram, query_, key);
        if (!answer) return;
        const auto& said = answer->said;
        if (hosts_.size() >= most_hosts && !hosts_.contains(said.instance)) return;
        auto& one = hosts_[said.instance];
        if (answer->is_signed || one.said.key_id.empty()) {
            one.said.name = said.name;
            one.said.server = said.server;
            one.said.tls = said.tls;
        }
        if (answer->is_signed && one.said.key_id.empty()) {
            one.said.key_id = how_.key()->key_id();
            one.addresses.clear(); // those that were told without a signature may be of another host
        }
        if ((answer->is_signed || one.said.key_id.empty()) && one.addresses.size() < most_addresses) {
            from.port(static_cast<std::uint16_t>(said.port));
            if (std::ranges::find(one.addresses, from) == one.addresses.end()) one.addresses.push_back(from);
        }
    }

    asio::any_io_executor home_;
    const discover_options& how_;
    proto::announce_query query_;
    std::string datagram_;
    std::deque<asker> askers_;
    std::map<std::string, known_host> hosts_; ///< By their instances.
    proto::json_reader reader_;
    net::task_group tasks_;
};

asio::awaitable<proto::result<std::vector<found_host>>> search_all(asio::any_io_executor home, discover_options how) {
    proto::nonce random{};
    if (!os::fill_random(random)) co_return failure(errc::local_io, "this system gives no random bytes");
    const auto& key = how.key();
    search all(home, how, proto::make_query(random, key ? key->key_id() : "", key ? &key->key() : nullptr));
    const bool whole = co_await all.run();
    if (!whole) co_return errc::cancelled;
    co_return all.found();
}

} // namespace

asio::awaitable<std::vector<found_host>> find_hosts(asio::any_io_executor home, discover_options how) {
    auto work = search_all(home, std::move(how));
    co_return co_await deliver(std::move(home), std::move(work), true);
}

} // namespace tug::detail

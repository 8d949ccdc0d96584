#include "delay_proxy.hpp"

#include <tug/net/condition.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <deque>
#include <utility>
#include <vector>

namespace tug::bench {

namespace asio = boost::asio;
using asio::ip::tcp;
using clock = std::chrono::steady_clock;

namespace {

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t chunk_size = 256 * 1024;
constexpr std::size_t chunks_a_write = 16;

/// What one read brought; of no bytes: the end.
struct delayed_chunk {
    clock::time_point due;
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size = 0;
};

/// One direction of a connection.
struct lane {
    lane(tcp::socket& f, tcp::socket& t) : from(f), to(t), changed(f.get_executor()) {}

    tcp::socket& from;
    tcp::socket& to;
    net::condition changed;
    std::deque<delayed_chunk> on_the_way;
    std::size_t size = 0;                              ///< Of what is on the way.
    std::vector<std::unique_ptr<std::byte[]>> spare{}; ///< Memory that was paged in already.
};

struct tunnel {
    tunnel(tcp::socket c, asio::any_io_executor executor, std::chrono::microseconds d)
        : client(std::move(c)), server(std::move(executor)), delay(d) {}

    void close() {
        boost::system::error_code ignored;
        client.close(ignored);
        server.close(ignored);
        there.changed.notify_all();
        back.changed.notify_all();
    }

    tcp::socket client;
    tcp::socket server;
    std::chrono::microseconds delay;
    lane there{client, server};
    lane back{server, client};
};

asio::awaitable<void> take_in(std::shared_ptr<tunnel> t, lane& l) {
    for (;;) {
        while (l.size >= delay_proxy::most_on_the_way && l.from.is_open()) co_await l.changed.async_wait(as_tuple);
        delayed_chunk next;
        if (l.spare.empty()) {
            next.bytes = std::make_unique_for_overwrite<std::byte[]>(chunk_size);
        } else {
            next.bytes = std::move(l.spare.back());
            l.spare.pop_back();
        }
        const auto [ec, n] = co_await l.from.async_read_some(asio::buffer(next.bytes.get(), chunk_size), as_tuple);
        if (ec && ec != asio::error::eof) co_return t->close();
        next.due = clock::now() + t->delay;
        next.size = n;
        l.size += n;
        l.on_the_way.push_back(std::move(next));
        l.changed.notify_all();
        if (ec) co_return;
    }
}

/// Writes what is due of the front; false at the end.
asio::awaitable<bool> give_out(tunnel& t, lane& l) {
    std::vector<asio::const_buffer> buffers;
    const auto now = clock::now();
    for (const auto& c : l.on_the_way) {
        if (c.due > now || c.size == 0 || buffers.size() == chunks_a_write) break;
        buffers.emplace_back(c.bytes.get(), c.size);
    }
    const auto [ec, written] = co_await asio::async_write(l.to, buffers, as_tuple);
    if (ec) {
        t.close();
        co_return false;
    }
    l.size -= written;
    for (std::size_t i = 0; i < buffers.size(); ++i) {
        l.spare.push_back(std::move(l.on_the_way.front().bytes));
        l.on_the_way.pop_front();
    }
    l.changed.notify_all();
    co_return true;
}

asio::awaitable<void> pass_on(std::shared_ptr<tunnel> t, lane& l) {
    asio::steady_timer timer(l.to.get_executor());
    while (l.to.is_open()) {
        if (l.on_the_way.empty()) {
            co_await l.changed.async_wait(as_tuple);
            continue;
        }
        const auto due = l.on_the_way.front().due;
        if (due > clock::now()) {
            timer.expires_at(due);
            co_await timer.async_wait(as_tuple);
            continue;
        }
        if (l.on_the_way.front().size == 0) {
            boost::system::error_code ignored;
            l.to.shutdown(tcp::socket::shutdown_send, ignored);
            co_return;
        }
        const bool more = co_await give_out(*t, l);
        if (!more) co_return;
    }
}

asio::awaitable<void> tunnel_to(std::shared_ptr<tunnel> t, tcp::endpoint target) {
    const auto [ec] = co_await t->server.async_connect(target, as_tuple);
    if (ec) co_return t->close();
    t->client.set_option(tcp::no_delay(true));
    t->server.set_option(tcp::no_delay(true));
    for (auto* l : {&t->there, &t->back}) {
        asio::co_spawn(t->client.get_executor(), take_in(t, *l), asio::detached);
        asio::co_spawn(t->client.get_executor(), pass_on(t, *l), asio::detached);
    }
}

} // namespace

struct delay_proxy::state {
    tcp::acceptor acceptor;
    std::vector<std::weak_ptr<tunnel>> tunnels{};
};

asio::awaitable<void> delay_proxy::accept(std::shared_ptr<state> s, std::uint16_t target,
                                          std::chrono::microseconds delay) {
    const tcp::endpoint to(asio::ip::address_v4::loopback(), target);
    const auto executor = s->acceptor.get_executor();
    while (s->acceptor.is_open()) {
        auto [ec, client] = co_await s->acceptor.async_accept(as_tuple);
        if (ec) continue;
        auto t = std::make_shared<tunnel>(std::move(client), executor, delay);
        std::erase_if(s->tunnels, [](const auto& old) { return old.expired(); });
        s->tunnels.push_back(t);
        asio::co_spawn(executor, tunnel_to(std::move(t), to), asio::detached);
    }
}

delay_proxy::delay_proxy(asio::any_io_executor executor, std::uint16_t target, std::chrono::microseconds each_way)
    : state_(new state{tcp::acceptor(executor, tcp::endpoint(asio::ip::address_v4::loopback(), 0))}) {
    asio::co_spawn(executor, accept(state_, target, each_way), asio::detached);
}

delay_proxy::~delay_proxy() {
    boost::system::error_code ignored;
    state_->acceptor.close(ignored);
    for (const auto& one : state_->tunnels)
        if (const auto t = one.lock()) t->close();
}

std::uint16_t delay_proxy::port() const {
    return state_->acceptor.local_endpoint().port();
}

} // namespace tug::bench

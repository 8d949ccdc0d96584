#include "server/worker.hpp"

#include "server/proxied.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <sys/socket.h>

#include <optional>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// How often connections look at the clock; their limits are seconds.
constexpr auto tick_every = std::chrono::milliseconds(250);

/// Connections over the limit that are told so at one time; more are closed without a word.
constexpr std::size_t most_turned_away = 64;

proto::failure rate_limited(std::chrono::milliseconds wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return {proto::errc::rate_limited,
            "too many logins from this address have failed; try again in " + std::to_string(seconds) + " s"};
}

} // namespace

class worker::seat {
public:
    explicit seat(std::atomic<std::size_t>& load) noexcept : load_(&load) {
        load.fetch_add(1, std::memory_order_relaxed);
    }

    seat(seat&& other) noexcept : load_(std::exchange(other.load_, nullptr)) {}

    seat& operator=(seat&&) = delete;

    ~seat() {
        if (load_) load_->fetch_sub(1, std::memory_order_relaxed);
    }

private:
    std::atomic<std::size_t>* load_;
};

worker::worker(context& shared, thread_counters& counts)
    : shared_(shared),
      counts_(counts),
      stay_(io_.get_executor()),
      scratch_(proto::piece_size),
      openings_(io_.get_executor()),
      connections_(io_.get_executor()),
      housekeeping_(io_.get_executor()),
      clock_(io_.get_executor()) {}

worker::~worker() {
    if (thread_.joinable()) {
        close_all();
        drain();
        join();
    }
}

void worker::start() {
    housekeeping_.spawn(watch_the_clock());
    thread_.start(io_, shared_.logger);
}

void worker::post(std::function<void()> task) {
    asio::post(io_, std::move(task));
}

void worker::take(accepted_socket socket) {
    asio::post(io_, [this, s = std::move(socket), own = seat(load_)]() mutable {
        if (std::exchange(clock_rests_, false)) clock_.cancel();
        if (!shared_.proxies.has(s.fd.get())) return open(std::move(s), std::move(own));
        if (!draining_) openings_.spawn(open_proxied(std::move(s), std::move(own)));
    });
}

/// A proxy that says nothing has the time of a login, and one that says something else is refused.
asio::awaitable<void> worker::open_proxied(accepted_socket socket, seat own) {
    const auto peer = socket.peer;
    auto said = co_await read_proxy_header(io_.get_executor(), std::move(socket), shared_.settings);
    if (said) co_return open(std::move(*said), std::move(own));
    if (!said.error().message.empty())
        shared_.logger->warning("proxy_refused", {{"peer", peer}, {"why", said.error().message}});
}

void worker::open(accepted_socket socket, seat own) {
    if (draining_) return;
    ++shared_.counts.accepted;
    // A protocol of 0 is right for TCP and for Unix sockets alike.
    net::stream_socket wrapped(io_, asio::generic::stream_protocol(socket.family, 0), socket.fd.get());
    static_cast<void>(socket.fd.release());
    // Who reaches a Unix socket is on this host and was let in by the permissions of its file.
    const auto tls = socket.family == AF_UNIX ? std::nullopt : shared_.tls();
    auto stream = tls ? net::transport(std::move(wrapped), *tls) : net::transport(std::move(wrapped));
    auto s = std::make_shared<client_connection>(shared_, thread_resources{reader_, scratch_, counts_, watched_},
                                                 std::move(stream), socket.peer, socket.source);
    if (shared_.memory.look()) {
        ++shared_.counts.refused_memory;
        proto::failure why(proto::errc::busy, "the server is short of memory; try again later");
        return connections_.spawn(turn_away(std::move(s), std::move(why), std::move(own)));
    }
    if (const auto wait = shared_.bad_logins.wait(socket.source, std::chrono::steady_clock::now()); wait.count() > 0) {
        ++shared_.counts.refused_source;
        return connections_.spawn(turn_away(std::move(s), rate_limited(wait), std::move(own)));
    }
    auto place = shared_.admissions.enter(std::move(socket.source), [this, w = std::weak_ptr(s)] {
        asio::post(io_, [w] {
            if (const auto victim = w.lock()) victim->close();
        });
    });
    if (place.valid()) return connections_.spawn(live(std::move(s), std::move(place), std::move(own)));
    ++shared_.counts.refused_full;
    connections_.spawn(turn_away(
        std::move(s), {proto::errc::busy, "the server has as many connections as it may have; try again later"},
        std::move(own)));
}

asio::awaitable<void> worker::live(std::shared_ptr<client_connection> s, admission::ticket place, seat /*own*/) {
    const auto at = all_.insert(all_.end(), s);
    co_await s->run(std::move(place));
    all_.erase(at);
}

asio::awaitable<void> worker::turn_away(std::shared_ptr<client_connection> s, proto::failure why, seat /*own*/) {
    // On TLS a word would take a handshake first.
    if (!s->is_tls() && turned_away_ < most_turned_away) {
        ++turned_away_;
        co_await s->refuse(std::move(why));
        --turned_away_;
    }
}

/// Rests while there are no connections, for which alone anything can be late: a tugd without any does not wake up.
asio::awaitable<void> worker::watch_the_clock() {
    while (!over_) {
        clock_rests_ = load() == 0;
        if (clock_rests_)
            clock_.expires_at(std::chrono::steady_clock::time_point::max());
        else
            clock_.expires_after(tick_every);
        const auto [ec] = co_await clock_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (!ec && !over_) tick_all(); // a tick that was due already is not cancelled
    }
}

void worker::tick_all() {
    const auto now = std::chrono::steady_clock::now();
    shared_.memory.tick(now);
    shared_.processes.end_stuck(now);
    watched_.tick(now);
}

void worker::check_keys() {
    asio::post(io_, [this] {
        for (const auto& s : all_) s->check_key();
    });
}

void worker::drain() {
    asio::post(io_, [this] {
        if (std::exchange(draining_, true)) return;
        openings_.cancel();
        for (const auto& s : all_) s->drain();
        housekeeping_.spawn(end_after_connections());
    });
}

asio::awaitable<void> worker::end_after_connections() {
    co_await openings_.join();
    co_await connections_.join();
    over_ = true;
    clock_.cancel();
    stay_.reset();
}

void worker::cancel_calls() {
    asio::post(io_, [this] {
        for (const auto& s : all_) s->end_drain();
    });
}

void worker::close_all() {
    asio::post(io_, [this] {
        for (const auto& s : all_) s->close();
    });
}

void worker::join() {
    if (thread_.joinable()) thread_.join();
}

} // namespace tug::service

#include "server/worker.hpp"

#include "os/blocked_signals.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

/// How often connections look at the clock; their limits are seconds.
constexpr auto tick_every = std::chrono::milliseconds(250);

/// Connections over the limit that are told so at one time; more are closed without a word.
constexpr std::size_t most_turned_away = 64;

} // namespace

worker::worker(context& shared)
    : shared_(shared),
      stay_(io_.get_executor()),
      scratch_(proto::piece_size),
      sessions_(io_.get_executor()),
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
    const blocked_signals inherited;
    thread_ = std::thread([this] { run(); });
}

void worker::run() noexcept {
    for (;;) {
        try {
            io_.run();
            return;
        } catch (const std::exception& e) {
            // A bug, or no memory where none can be missed: the connection that it was in is lost, the others go on.
            shared_.logger->error("io_thread", {{"what", e.what()}});
        }
    }
}

void worker::take(accepted_socket socket) {
    load_.fetch_add(1, std::memory_order_relaxed);
    asio::post(io_, [this, s = std::move(socket)]() mutable { open(std::move(s)); });
}

void worker::open(accepted_socket socket) {
    if (draining_) {
        load_.fetch_sub(1, std::memory_order_relaxed);
        return;
    }
    // A protocol of 0 is right for TCP and for Unix sockets alike.
    net::stream_socket wrapped(io_, asio::generic::stream_protocol(socket.family, 0), socket.fd.get());
    static_cast<void>(socket.fd.release());
    auto s = std::make_shared<session>(shared_, thread_resources{reader_, scratch_}, net::transport(std::move(wrapped)),
                                       socket.peer);
    auto place = shared_.doors.enter(std::move(socket.source), [this, w = std::weak_ptr(s)] {
        asio::post(io_, [w] {
            if (const auto victim = w.lock()) victim->close();
        });
    });
    if (place.valid())
        sessions_.spawn(live(std::move(s), std::move(place)));
    else
        sessions_.spawn(turn_away(std::move(s)));
}

asio::awaitable<void> worker::live(std::shared_ptr<session> s, admission::ticket place) {
    const auto at = all_.insert(all_.end(), s);
    co_await s->run(std::move(place));
    all_.erase(at);
    load_.fetch_sub(1, std::memory_order_relaxed);
}

asio::awaitable<void> worker::turn_away(std::shared_ptr<session> s) {
    if (turned_away_ < most_turned_away) {
        ++turned_away_;
        co_await s->refuse();
        --turned_away_;
    }
    load_.fetch_sub(1, std::memory_order_relaxed);
}

asio::awaitable<void> worker::watch_the_clock() {
    for (;;) {
        clock_.expires_after(tick_every);
        const auto [ec] = co_await clock_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        const auto now = std::chrono::steady_clock::now();
        for (const auto& s : all_) s->tick(now);
    }
}

void worker::drain() {
    asio::post(io_, [this] {
        if (std::exchange(draining_, true)) return;
        for (const auto& s : all_) s->drain();
        housekeeping_.spawn(end_after_sessions());
    });
}

asio::awaitable<void> worker::end_after_sessions() {
    co_await sessions_.join();
    clock_.cancel();
    stay_.reset();
}

void worker::end_calls() {
    asio::post(io_, [this] {
        for (const auto& s : all_) s->end_calls(ending::shutting_down);
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

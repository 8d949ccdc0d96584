#include "session.hpp"

#include "tug/net/tokens.hpp"

#include <tug/net/steady_now.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

using net::as_tuple;
constexpr std::size_t scratch_size = 64 * 1024;
constexpr auto watch_period = 500ms;
/// A server that was given a timeout answers within it and the time that it takes to end a process tree: the grace and
/// 0.5 s, or 6 s where the kernel holds a process.
constexpr auto answer_after_timeout = 10s;

proto::failure lost(const boost::system::error_code& ec, bool greeted) {
    // A server looks at our certificate when we already take the handshake for done.
    if (!greeted && ec.category() == asio::error::get_ssl_category())
        return {proto::errc::tls_failed, "the server refused us: " + ec.message()};
    if (!ec || ec == asio::error::eof || ec == asio::ssl::error::stream_truncated)
        return {proto::errc::connection_lost, "the server closed the connection"};
    return {proto::errc::connection_lost, ec.message()};
}

} // namespace

/// Ends the session where a coroutine of it is destroyed without having ended: its io_context goes.
class session::end_guard {
public:
    explicit end_guard(session& s) noexcept : session_(&s) {}

    end_guard(const end_guard&) = delete;
    end_guard& operator=(const end_guard&) = delete;

    ~end_guard() {
        if (session_) session_->end({proto::errc::client_closed, "the io_context has ended"});
    }

    void dismiss() noexcept { session_ = nullptr; }

private:
    session* session_;
};

session::session(net::transport stream, std::chrono::milliseconds answer_within)
    : executor_(stream.get_executor()),
      scratch_(std::make_unique_for_overwrite<std::byte[]>(scratch_size)),
      bulk_(std::make_shared<semaphore>(executor_)),
      long_(std::make_shared<semaphore>(executor_)),
      send_lock_(std::make_shared<semaphore>(executor_)),
      timer_(executor_),
      changed_(executor_),
      answer_within_(answer_within) {
    link_ = std::make_shared<net::link>(std::move(stream), proto::role::client, proto::limits(), reader_,
                                        std::span(scratch_.get(), scratch_size), net::timeouts());
}

void session::start() {
    spawn(run());
}

void session::spawn(asio::awaitable<void> task) {
    // The handler owns a share of the session: what it refers to is still there when the frame of the task has gone.
    asio::co_spawn(executor_, std::move(task), [self = shared_from_this()](std::exception_ptr thrown) {
        if (thrown) std::rethrow_exception(thrown);
    });
}

asio::awaitable<void> session::run() {
    const auto self = shared_from_this();
    end_guard guard(*this);
    const auto ec = co_await link_->read(*this);
    if (protocol().over())
        end(protocol().why());
    else if (closing_)
        end({proto::errc::client_closed, "the client was closed"});
    else
        end(lost(ec, protocol().admitted()));
    guard.dismiss();
    co_await link_->join();
}

// --- what the server says --------------------------------------------------------------------------------------------

void session::on_event(proto::event& e) {
    switch (e.kind) {
    case proto::event::type::greeted:
        server = protocol().peer_hello().server;
        was_draining = protocol().peer_hello().draining;
        bulk_->set_limit(protocol().peer_hello().limits.in_flight);
        long_->set_limit(protocol().peer_hello().limits.long_in_flight);
        changed_.notify_all();
        break;
    case proto::event::type::answered: on_answer(e); break;
    case proto::event::type::failed: end(protocol().why()); break;
    default: break;
    }
}

void session::on_answer(const proto::event& e) {
    auto* const found = proto::sink_of<pending>(*e.call);
    if (!found) return; // too late: it was dropped, but the protocol still knew the call
    const auto p = found->shared_from_this();
    if (e.message.result)
        // A copy keeps the memory of what it was copied from, and that is the reader's until the next envelope.
        p->resolve(boost::json::value(*e.message.result, boost::json::storage_ptr()));
    else
        p->resolve(protocol().why());
    p->let_go();
}

/// The calls that were not let go. They may let go of themselves while the caller goes through these.
std::vector<std::shared_ptr<pending>> session::running() const {
    std::vector<std::shared_ptr<pending>> all;
    for (const auto& c : link_->protocol().calls())
        if (auto* const p = proto::sink_of<pending>(*c)) all.push_back(p->shared_from_this());
    return all;
}

// --- calls -----------------------------------------------------------------------------------------------------------

asio::awaitable<proto::result<void>> session::greeted() {
    while (!ended_ && !protocol().admitted()) {
        const auto [ec] = co_await changed_.async_wait(as_tuple);
        if (ec) co_return proto::errc::cancelled;
    }
    if (ended_) co_return *ended_;
    co_return proto::result<void>();
}

proto::result<std::shared_ptr<pending>> session::begin(std::string_view method, const boost::json::object& params,
                                                       std::span<const proto::stream_spec> streams,
                                                       semaphore::permit slot, proto::call_class lives) {
    if (ended_) return *ended_;
    if (closing_) return proto::failure(proto::errc::client_closed, "the client was closed");
    protocol().set_time(net::steady_now());
    auto started = protocol().start(method, params, streams, lives);
    if (!started) return started.error();
    auto p = std::make_shared<pending>(link_, *started, std::move(slot));
    p->keep();
    link_->flush_soon();
    keep_watch();
    return p;
}

/// Waits for room in the output, in order. The next one comes when the permit goes.
asio::awaitable<proto::result<semaphore::permit>> session::enter(pending::clock::time_point deadline) {
    auto lock = send_lock_->try_take();
    if (!lock) {
        auto waited = co_await send_lock_->take(deadline);
        if (!waited) co_return waited.error();
        lock = std::move(*waited);
    }
    while (!ended_ && !link_->has_room()) {
        const auto [ec] = co_await link_->room().async_wait(as_tuple);
        if (ec) co_return proto::errc::cancelled;
        if (pending::clock::now() >= deadline) co_return semaphore::too_late();
    }
    co_return std::move(*lock);
}

asio::awaitable<proto::result<boost::json::value>> session::request(std::string method, boost::json::object params) {
    const auto self = shared_from_this();
    const auto deadline = pending::clock::now() + answer_within_;
    auto lock = co_await enter(deadline);
    if (!lock) co_return lock.error();
    const auto p = begin(method, params, {}, {}, proto::call_class::short_lived);
    if (!p) co_return p.error();
    (*p)->deadline = deadline;
    lock->reset();
    const call_guard guard(self, *p);
    co_return co_await (*p)->wait();
}

asio::awaitable<proto::result<std::shared_ptr<pending>>>
session::begin_call(std::string method, boost::json::object params, std::vector<proto::stream_spec> streams,
                    proto::call_class lives, std::optional<std::uint64_t> timeout_ms, std::chrono::milliseconds grace,
                    const place_in_order* place) {
    if (ended_) co_return *ended_;
    if (place) place->add_to(params);
    auto& all = turns(lives);
    auto slot = all.try_take();
    if (!slot) {
        auto waited = co_await all.take();
        if (!waited) co_return waited.error();
        slot = std::move(*waited);
    }
    const auto lock = co_await enter();
    if (!lock) co_return lock.error();
    auto p = begin(method, params, streams, std::move(*slot), lives);
    if (p) (*p)->grace = grace;
    if (p && place) place->on_sent((*p)->call().id);
    if (p && timeout_ms)
        (*p)->deadline = pending::clock::now() + std::chrono::milliseconds(*timeout_ms) + grace + answer_after_timeout;
    co_return p;
}

semaphore& session::turns(proto::call_class lives) noexcept {
    return lives == proto::call_class::long_lived ? *long_ : *bulk_;
}

void session::cancel(pending& p) {
    if (p.answer() || p.cancelled) return;
    protocol().cancel(p.call());
    p.cancelled = true;
    link_->flush_soon();
    p.deadline = std::min(p.deadline, pending::clock::now() + p.grace + timeouts.cancelled);
    keep_watch();
}

void session::abandon(pending& p) {
    auto& call = p.call();
    // Stopped also after an answer: the stream lets go of what was not taken.
    for (std::size_t i = 0; i < call.inbound.size(); ++i) p.io().stop(i);
    if (!p.answer()) cancel(p);
    p.resolve(proto::failure(proto::errc::cancelled));
}

asio::awaitable<proto::result<boost::json::value>> cancel_and_wait(std::shared_ptr<session> s,
                                                                   std::shared_ptr<pending> p) {
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    s->cancel(*p);
    co_return co_await p->wait();
}

// --- time ------------------------------------------------------------------------------------------------------------

void session::keep_watch() {
    if (watching_ || ended_) return;
    watching_ = true;
    spawn(watch());
}

/// Runs while something is awaited from the server: an idle client has no timer.
asio::awaitable<void> session::watch() {
    const auto self = shared_from_this();
    end_guard guard(*this);
    while (!ended_ && (closing_ || !running().empty() || !protocol().output().empty())) {
        timer_.expires_after(watch_period);
        const auto [ec] = co_await timer_.async_wait(as_tuple);
        if (!ec && !ended_) look_at_clock(std::chrono::steady_clock::now());
    }
    watching_ = false;
    guard.dismiss();
}

void session::look_at_clock(std::chrono::steady_clock::time_point now) {
    if (!link_->tick(now)) {
        if (protocol().over()) return end(protocol().why());
        return end({proto::errc::connection_lost, "the server does not read what is sent to it"});
    }
    send_lock_->expire(now);
    if (!link_->has_room()) link_->room().notify_all(); // who waits there looks at its deadline
    drop_late(now);
    if (!closing_ || awaited())
        closing_idle_since_ = now;
    else if (now - closing_idle_since_ >= timeouts.closed)
        end({proto::errc::client_closed, "the client was closed"});
}

/// Gives up on calls that the server should have answered by now, also on those that no caller waits for any more: a
/// server that never answers must not hold their turns for ever. The protocol still knows them: a late answer breaks
/// nothing.
void session::drop_late(std::chrono::steady_clock::time_point now) {
    for (const auto& p : running()) {
        if (p->deadline > now) continue;
        cancel(*p);
        p->resolve(proto::failure(proto::errc::timed_out, "the server did not answer in time"));
        abandon(*p);
        p->let_go();
    }
}

/// Whether a caller still waits for an answer. One that has timed out, or has left, does not.
bool session::awaited() const {
    return std::ranges::any_of(running(), [](const auto& p) { return !p->answer(); });
}

// --- ending ----------------------------------------------------------------------------------------------------------

asio::awaitable<void> session::close() {
    const auto self = shared_from_this();
    const proto::failure closed(proto::errc::client_closed, "the client was closed");
    if (!ended_ && !closing_) {
        protocol().say_bye();
        closing_ = true;
        closing_idle_since_ = std::chrono::steady_clock::now();
        bulk_->close(closed);
        long_->close(closed);
        send_lock_->close(closed);
        link_->flush_soon();
        keep_watch();
    }
    while (!ended_) {
        const auto [ec] = co_await changed_.async_wait(as_tuple);
        if (ec) end(closed);
    }
}

asio::awaitable<proto::result<void>> session::ended() {
    const auto self = shared_from_this();
    while (!ended_) {
        const auto [ec] = co_await changed_.async_wait(as_tuple);
        if (ec) co_return proto::errc::cancelled;
    }
    co_return proto::result<void>();
}

void session::release() {
    end({proto::errc::client_closed, "the client was destroyed"});
}

void session::end(const proto::failure& why) {
    if (ended_) return;
    ended_ = why;
    open_.store(false, std::memory_order_relaxed);
    bulk_->close(why);
    long_->close(why);
    send_lock_->close(why);
    for (const auto& p : running()) {
        p->resolve(why);
        p->let_go();
    }
    timer_.cancel();
    link_->stop_reading();
    link_->close();
    changed_.notify_all();
}

} // namespace tug::detail

#include "server/client_connection.hpp"

#include "tug/net/tokens.hpp"

#include <tug/net/steady_now.hpp>
#include <tug/net/tls.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <poll.h>
#include <utility>

namespace tug::service {

namespace asio = boost::asio;

namespace {

using net::as_tuple;

/// How long a connection may be there without a request before the end of the server no longer waits for its first.
constexpr auto first_request_time = std::chrono::seconds(2);

/// A peer that has closed both ways, by a reset, though it may have half-closed before.
bool was_reset(net::transport& t) {
    pollfd p{t.socket().native_handle(), 0, 0};
    return ::poll(&p, 1, 0) > 0 && (p.revents & POLLERR) != 0;
}

} // namespace

client_connection::client_connection(context& shared, const thread_resources& local, net::transport t, std::string peer,
                                     std::string source)
    : shared_(shared),
      counts_(local.counts),
      watched_(local.watched),
      auth_(shared, std::move(peer), std::move(source)),
      link_(std::make_shared<net::link>(std::move(t), proto::role::server, shared.settings.limits, local.reader,
                                        local.scratch, shared.settings.timeouts)),
      threads_(shared.file_pool, shared.start_pool),
      calls_(link_->get_executor()),
      changed_(link_->get_executor()) {
    const auto most = shared.settings.max_window;
    link_->protocol().let_windows_grow(
        most, std::make_shared<proto::credit_budget>(std::max(proto::connection_credit, most), shared.buffered));
}

// --- the life of a connection ----------------------------------------------------------------------------------------

asio::awaitable<void> client_connection::run(admission::ticket place) {
    place_ = std::move(place);
    watched_.add(*this);
    auto& protocol = link_->protocol();
    boost::system::error_code ec;
    bool failed = false;
    try {
        ec = co_await converse();
    } catch (const std::exception& e) {
        // What came there is no memory for, mostly. That costs this connection, and in order: its calls are awaited.
        failed = true;
        link_->close();
        shared_.logger->error("connection_failed", {{"peer", auth_.peer()}, {"what", e.what()}});
    }

    // Calls that are left have no client to answer to.
    cancel_calls(cancel_reason::disconnected);
    if (!failed && (protocol.over() || draining_ || protocol.said_bye()))
        co_await link_->linger();
    else
        link_->close();
    co_await calls_.join();
    co_await link_->join();
    if (shared_.logger->enabled(log_level::debug))
        shared_.logger->debug("closed", {{"peer", auth_.peer()}, {"why", ec ? ec.message() : protocol.why().message}});
}

/// The time that it takes is part of the opening: tick() ends it.
asio::awaitable<bool> client_connection::shake_hands() {
    const auto agreed = co_await net::handshake(link_->stream());
    if (!agreed && agreed.error().code != proto::errc::cancelled)
        shared_.logger->info("tls_failed", {{"peer", auth_.peer()}, {"why", agreed.error().message}});
    co_return agreed.has_value();
}

/// From the handshake of TLS until nothing more is read.
asio::awaitable<boost::system::error_code> client_connection::converse() {
    if (is_tls() && !co_await shake_hands()) {
        link_->close();
        co_return boost::system::error_code();
    }
    auto& protocol = link_->protocol();
    protocol.set_time(net::steady_now());
    protocol.greet(greeting());
    if (protocol.admitted()) place_.logged_in();
    link_->flush();

    const auto ec = co_await link_->read(*this);
    if (login_failed_) co_await reject_login();
    if (ec == asio::error::eof && protocol.said_bye() && !protocol.over()) co_await finish_after_half_close();
    co_return ec;
}

asio::awaitable<void> client_connection::refuse(proto::failure why) {
    link_->protocol().fail(why);
    co_await link_->linger();
    co_await link_->join();
}

proto::hello client_connection::greeting() {
    proto::hello h;
    h.server = "tug/" TUG_VERSION;
    h.limits = shared_.settings.limits;
    h.draining = shared_.draining;
    h.nonce = auth_.make_nonce();
    if (shared_.keys()) h.auth.emplace_back(proto::mechanism_hmac_sha256);
    if (is_tls()) h.binding.emplace_back(proto::binding_tls_exporter);
    return h;
}

/// The client has said rpc.bye and closed its side: what is in flight is still answered.
asio::awaitable<void> client_connection::finish_after_half_close() {
    half_closed_ = true;
    while (!running().empty() && link_->is_open()) co_await changed_.async_wait(as_tuple);
}

void client_connection::drain() {
    draining_ = true;
    watched_.add(*this);
    // What comes to a place that listens would be refused, and who serves next may want to listen there.
    cancel_calls(cancel_reason::shutting_down, [](const call& c) { return c.on_accept != nullptr; });
    end_if_idle();
}

void client_connection::end_drain() {
    cancel_calls(cancel_reason::shutting_down);
    opened_ = {}; // it has had its time
    end_if_idle();
}

bool client_connection::expects_first_request() const {
    return requests_ == 0 && std::chrono::steady_clock::now() - opened_ < first_request_time;
}

void client_connection::end_if_idle() {
    auto& protocol = link_->protocol();
    if (!running().empty() || protocol.over() || expects_first_request()) return;
    // Answers that wait for a slow reader are still delivered.
    if (!protocol.output().empty()) return link_->stop_reading();
    // Idle connections end without a word.
    draining_ = false;
    link_->close();
}

void client_connection::cancel_calls(cancel_reason why, const std::function<bool(const call&)>& which) {
    // From the start each time: an end() may run its call to the end, which takes it off the table.
    const auto next = [&]() -> call* {
        for (const auto& c : running())
            if (auto* const it = proto::sink_of<call>(*c);
                it && it->why_cancelled() == cancel_reason::none && (!which || which(*it)))
                return it;
        return nullptr;
    };
    while (auto* const c = next()) c->cancel(why);
}

void client_connection::stop_if_done() {
    changed_.notify_all();
    if (running().empty() && !half_closed_ && (draining_ || link_->protocol().said_bye())) link_->stop_reading();
}

bool client_connection::tick(std::chrono::steady_clock::time_point now) {
    if (!link_->tick(now)) link_->stop_reading();
    const auto& protocol = link_->protocol();
    if (!protocol.admitted() && !protocol.over() && now - opened_ >= shared_.settings.opening_time) link_->close();
    if (draining_ && requests_ == 0) end_if_idle();
    if (half_closed_ && link_->is_open() && was_reset(link_->stream())) link_->close();
    if (half_closed_ && !link_->is_open()) changed_.notify_all();
    return !at_rest();
}

/// With a call in flight something may be sent at any time.
bool client_connection::at_rest() const {
    const bool may_stay = link_->protocol().admitted() && !draining_ && !half_closed_;
    return may_stay && running().empty() && link_->at_rest();
}

// --- events and the login
// ----------------------------------------------------------------------------------------------------------

void client_connection::on_event(proto::event& e) {
    switch (e.kind) {
    case proto::event::type::request:
        if (link_->protocol().admitted())
            on_request(e.message);
        else
            on_login(e.message);
        break;
    case proto::event::type::bye: stop_if_done(); break;
    case proto::event::type::failed:
        shared_.logger->info("protocol_error", {{"peer", auth_.peer()},
                                                {"error", std::string(name_of(link_->protocol().why().code))},
                                                {"message", link_->protocol().why().message}});
        link_->stop_reading();
        break;
    default: break; // the others are the client's
    }
}

void client_connection::on_login(const proto::message& m) {
    auto& protocol = link_->protocol();
    // On TLS the login holds for this TLS connection alone: a man in the middle cannot pass it on over another one.
    net::channel_secret secret{};
    channel_binding binding;
    if (is_tls()) {
        secret = link_->stream().tls_exporter();
        binding = {proto::binding_tls_exporter, secret};
    }
    const auto* client = auth_.log_in(m.params, protocol.hello_envelope(), binding);
    if (!client) {
        login_failed_ = true;
        login_id_ = m.id;
        link_->stop_reading();
        return;
    }
    proto::authenticate_result result;
    result.proof = client->server_proof;
    result.permissions = client->allowed.names();
    protocol.admit(m.id, result.to_json());
    place_.logged_in();
}

asio::awaitable<void> client_connection::reject_login() {
    asio::steady_timer wait(link_->get_executor(), shared_.settings.failed_login_delay);
    co_await wait.async_wait(as_tuple);
    link_->protocol().fail({proto::errc::auth_failed, "the login was refused"}, login_id_);
}

void client_connection::check_key() {
    if (link_->protocol().over()) return;
    const auto why = auth_.lost();
    if (!why) return;
    watched_.add(*this);
    link_->protocol().fail({proto::errc::auth_failed, std::string(*why) + "; log in again"});
    link_->stop_reading();
    cancel_calls(cancel_reason::disconnected);
}

} // namespace tug::service

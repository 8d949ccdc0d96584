#include "establish.hpp"

#include "dial.hpp"
#include "dial_through.hpp"
#include "secure.hpp"

#include <tug/net/race.hpp>
#include <tug/proto/credit_budget.hpp>
#include <tug/proto/trace_context.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <exception>
#include <utility>
#include <variant>

namespace tug::detail {

namespace asio = boost::asio;
using proto::errc;
using proto::failure;

namespace {

using outcome = proto::result<std::shared_ptr<session>>;

/// Holds the session of an attempt and ends it unless it is taken: also where the attempt is cancelled, or succeeds in
/// the moment in which its time is up.
class attempt_guard {
public:
    attempt_guard() = default;
    attempt_guard(const attempt_guard&) = delete;
    attempt_guard& operator=(const attempt_guard&) = delete;

    ~attempt_guard() {
        if (session_) session_->end(failure(errc::client_closed, "the login did not succeed"));
    }

    void hold(std::shared_ptr<session> s) noexcept { session_ = std::move(s); }

    [[nodiscard]] std::shared_ptr<session> take() noexcept { return std::exchange(session_, nullptr); }

private:
    std::shared_ptr<session> session_;
};

/// Bare loss says little here: what listens there may be no tugd at all.
failure before_hello(failure why) {
    if (why.code == errc::connection_lost) why.message = "before the server greeted, " + why.message;
    return why;
}

/// Waits for rpc.hello, and finds out why it does not come.
asio::awaitable<proto::result<void>> greeted(asio::any_io_executor executor, const tug::address& to,
                                             std::shared_ptr<session> s, bool direct) {
    auto greeting = s->greeted();
    if (s->stream().is_tls() || to.is_unix() || !direct) co_return co_await std::move(greeting);
    auto wants_tls = find_tls(executor, to);
    auto race = net::race(std::move(greeting), std::move(wants_tls));
    auto won = co_await std::move(race);
    co_return won.index() == 0 ? std::get<0>(won) : std::get<1>(won);
}

asio::awaitable<proto::result<void>> attempt(asio::any_io_executor executor, const tug::address& to,
                                             const connect_options& how, attempt_guard& guard) {
    auto tls = tls_for(to, how.tls());
    if (!tls) co_return tls.error();
    auto dialled = how.via() ? dial_through(executor, how.via(), to) : dial(executor, to);
    auto socket = co_await std::move(dialled);
    if (!socket) co_return socket.error();
    auto stream = co_await secure(std::move(*socket), std::move(*tls));
    if (!stream) co_return stream.error();
    const auto s = std::make_shared<session>(std::move(*stream), how.answer_within());
    guard.hold(s);
    s->protocol().let_windows_grow(how.max_window(), std::make_shared<proto::credit_budget>(how.max_window()));
    if (const auto trace = proto::trace_context::from(how.traceparent(), how.tracestate()))
        s->protocol().set_meta(trace->to_json());
    s->start();
    const auto heard = co_await greeted(executor, to, s, !how.via());
    if (!heard) co_return before_hello(heard.error());
    co_return co_await log_in(s, how.credentials());
}

/// What the attempt throws is kept: a race would wait for the deadline then. A cancel that comes between
/// the end of one step and the start of the next makes that next co_await throw.
asio::awaitable<proto::result<void>> try_once(asio::any_io_executor executor, const tug::address& to,
                                              const connect_options& how, attempt_guard& guard,
                                              std::exception_ptr& thrown) {
    try {
        co_return co_await attempt(executor, to, how, guard);
    } catch (const boost::system::system_error& e) {
        if (e.code() != asio::error::operation_aborted) thrown = std::current_exception();
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return failure(errc::cancelled);
}

/// True when the time is up, false when cancelled before: a value too, or a cancelled race would have no winner.
asio::awaitable<bool> expire(asio::any_io_executor executor, std::chrono::milliseconds limit) {
    asio::steady_timer timer(executor, limit);
    const auto [ec] = co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    co_return !ec;
}

} // namespace

asio::awaitable<outcome> establish(asio::any_io_executor executor, tug::address to, connect_options how) {
    attempt_guard guard;
    std::exception_ptr thrown;
    auto connected = try_once(executor, to, how, guard, thrown);
    auto expired = expire(executor, how.deadline());
    auto race = net::race(std::move(connected), std::move(expired));
    auto won = co_await std::move(race);
    if (thrown) std::rethrow_exception(thrown);
    if (const auto* ended = std::get_if<0>(&won)) {
        if (!*ended) co_return ended->error();
        co_return guard.take();
    }
    if (!std::get<1>(won)) co_return failure(errc::cancelled);
    co_return failure(errc::connect_timed_out,
                      to.to_string() + ": not connected within " + std::to_string(how.deadline().count()) + " ms");
}

} // namespace tug::detail

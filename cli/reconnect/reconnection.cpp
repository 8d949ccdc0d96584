#include "reconnection.hpp"

#include "cli/local/report.hpp"
#include "terminal_session.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

namespace asio = boost::asio;

namespace tug::cli {

bool is_loss(errc code) noexcept {
    return code == errc::connection_lost || code == errc::shutting_down || code == errc::client_closed;
}

namespace {

/// Whether it may be otherwise at the next attempt to connect.
bool passes(errc code) noexcept {
    switch (code) {
    case errc::connect_failed:
    case errc::connect_timed_out:
    case errc::tls_failed: // cut while hands were shaken
    case errc::rate_limited:
    case errc::busy: return true;
    default: return is_loss(code);
    }
}

} // namespace

void reconnection::say(std::string_view line) const {
    if (has_keyboard(options_)) return print_raw("[tug: " + std::string(line) + "]\n");
    (void)write_all(STDERR_FILENO, printable("tug: " + std::string(line)) + "\n");
}

asio::awaitable<void> reconnection::come_back(std::string_view what) {
    using namespace boost::asio::experimental::awaitable_operators;

    struct back {
        bool& away;

        ~back() { away = false; }
    };

    away_ = true;
    const back at_end{away_};
    say(std::string(what) + ", Ctrl-C leaves");
    const auto first = co_await (try_until_there() || left_by_user());
    if (left_) throw error(failure(errc::cancelled, "the user left while the connection was lost"));
    if (const auto& why = std::get<0>(first)) throw error(*why);
    if (!options_.quiet) say("connected again");
}

asio::awaitable<void> reconnection::left_by_user() {
    boost::system::error_code ignored;
    co_await leaving_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

/// What no time mends, or nothing: its errors are values, as the first of two that succeeds is waited for.
asio::awaitable<std::optional<failure>> reconnection::try_until_there() {
    asio::steady_timer clock(invocation_.ctl.get_executor());
    for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
        auto why = co_await try_once();
        if (!why || !passes(why->code)) co_return why;
        clock.expires_after(pause);
        co_await clock.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<std::optional<failure>> reconnection::try_once() {
    try {
        auto there = co_await connect(options_, invocation_, address_of(options_));
        if (there.was_draining()) co_return failure(errc::shutting_down);
        now_ = std::make_shared<client>(std::move(there));
        co_return std::nullopt;
    } catch (const error& e) {
        co_return e.failure();
    }
}

void reconnection::leave() {
    left_ = true;
    leaving_.cancel();
}

} // namespace tug::cli

#include "next_event.hpp"

#include <tug/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

struct stop {
    asio::cancellation_signal signal;
    bool too_late = false;
};

/// A cancellation of the coroutine ends the wait, too.
class passed_on {
public:
    passed_on(asio::cancellation_slot from, const std::shared_ptr<stop>& to) : from_(from) {
        from_.assign([to](asio::cancellation_type how) { to->signal.emit(how); });
    }

    ~passed_on() { from_.clear(); }

    passed_on(const passed_on&) = delete;
    passed_on& operator=(const passed_on&) = delete;

private:
    asio::cancellation_slot from_;
};

} // namespace

/// What an operation has completed with is told, whatever cancels it meanwhile: so `wait || sleep` will not do.
asio::awaitable<awaited_event> next_event(watch& from, std::chrono::steady_clock::time_point until) {
    // Of both: a timer that expired before it was cancelled completes with success.
    const auto ending = std::make_shared<stop>();
    asio::steady_timer clock(co_await asio::this_coro::executor, until);
    clock.async_wait([ending](boost::system::error_code ec) {
        if (ec) return;
        ending->too_late = true;
        ending->signal.emit(asio::cancellation_type::terminal);
    });
    const auto state = co_await asio::this_coro::cancellation_state;
    const passed_on also(state.slot(), ending);
    awaited_event out;
    try {
        auto next = asio::bind_cancellation_slot(ending->signal.slot(), asio::use_awaitable);
        out.event = co_await from.next(std::move(next));
        out.ended = !out.event;
    } catch (const error& e) {
        if (e.code() != errc::cancelled || !ending->too_late) throw;
    }
    co_return out;
}

} // namespace tug::cli

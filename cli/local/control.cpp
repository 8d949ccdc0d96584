#include "control.hpp"

#include "end_by_signal.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

control::control(asio::io_context& io) : signals_(io, [this] { on_signal(); }), clock_(io) {}

void control::on_signal() {
    if (running_ && instead_) {
        instead_();
        cancel_at(std::chrono::steady_clock::now() + grace_, false);
    } else if (running_) {
        stop_.emit(asio::cancellation_type::terminal);
    } else if (when_idle_) {
        when_idle_();
    } else {
        die_by(caught()); // it came with the end of a call, and there is no other one
    }
}

void control::forget_signals() noexcept {
    signals_.forget();
    signals_.arm();
}

void control::set_deadline(std::optional<std::chrono::steady_clock::time_point> when) {
    if (caught() != 0) return;
    if (when) {
        cancel_at(*when, true);
    } else {
        ++deadline_;
        clock_.cancel();
    }
}

void control::cancel_at(std::chrono::steady_clock::time_point when, bool as_deadline) {
    clock_.expires_at(when);
    clock_.async_wait([this, as_deadline, mine = ++deadline_](boost::system::error_code ec) {
        if (ec || mine != deadline_) return;
        timed_out_ = as_deadline;
        stop_.emit(asio::cancellation_type::terminal);
    });
}

asio::awaitable<int> control::run(asio::awaitable<int> call, std::optional<std::chrono::milliseconds> deadline) {
    struct end {
        control& of;

        ~end() {
            of.running_ = false;
            of.signals_.disarm();
            ++of.deadline_;
            of.clock_.cancel();
        }
    };

    const end at_end{*this};
    running_ = true;
    timed_out_ = false;
    signals_.arm();
    if (deadline) cancel_at(std::chrono::steady_clock::now() + *deadline, true);
    const auto executor = co_await asio::this_coro::executor;
    co_return co_await asio::co_spawn(executor, std::move(call),
                                      asio::bind_cancellation_slot(stop_.slot(), asio::use_awaitable));
}

} // namespace tug::cli

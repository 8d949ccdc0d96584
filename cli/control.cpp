#include "control.hpp"

#include "exit_codes.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <csignal>
#include <cstdlib>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

control::control(asio::io_context& io)
    : signals_(io, SIGINT, SIGTERM, SIGHUP), clock_(io), leave_code_(exit_code::exec_cancelled) {
    listen();
}

void control::listen() {
    signals_.async_wait([this](boost::system::error_code ec, int) {
        if (ec) return;
        on_signal();
        listen();
    });
}

void control::on_signal() {
    const bool first = !interrupted_;
    interrupted_ = true;
    if (!first || (!running_ && !when_idle_)) std::_Exit(leave_code_);
    if (!running_) {
        when_idle_();
    } else if (instead_) {
        instead_();
        cancel_at(std::chrono::steady_clock::now() + answer_margin, false);
    } else {
        stop_.emit(asio::cancellation_type::terminal);
    }
}

void control::set_deadline(std::optional<std::chrono::steady_clock::time_point> when) {
    if (interrupted_) return;
    if (when) {
        cancel_at(*when, true);
    } else {
        clock_.cancel();
    }
}

void control::cancel_at(std::chrono::steady_clock::time_point when, bool as_deadline) {
    clock_.expires_at(when);
    clock_.async_wait([this, as_deadline](boost::system::error_code ec) {
        if (ec || !running_) return;
        timed_out_ = as_deadline;
        stop_.emit(asio::cancellation_type::terminal);
    });
}

asio::awaitable<int> control::run(asio::awaitable<int> call, int leave_code,
                                  std::optional<std::chrono::milliseconds> deadline) {
    struct end {
        control& of;

        ~end() {
            of.running_ = false;
            of.clock_.cancel();
        }
    };

    const end at_end{*this};
    running_ = true;
    interrupted_ = timed_out_ = false;
    leave_code_ = leave_code;
    if (deadline) cancel_at(std::chrono::steady_clock::now() + *deadline, true);
    const auto executor = co_await asio::this_coro::executor;
    co_return co_await asio::co_spawn(executor, std::move(call),
                                      asio::bind_cancellation_slot(stop_.slot(), asio::use_awaitable));
}

} // namespace tug::cli

#include "fan_out.hpp"

#include <tug/error.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <exception>
#include <utility>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

using clock = std::chrono::steady_clock;

/// From its timeout to when a call must have ended: tugd may need its grace and its time for an answer.
std::chrono::milliseconds time_to_end(const options& o) {
    return answer_margin + o.exec.grace.value_or(command::default_grace);
}

} // namespace

fan_out::fan_out(const options& o, invocation& s, fan_printer& printer, host_call call)
    : options_(o),
      invocation_(s),
      printer_(printer),
      call_(std::move(call)),
      schedule_(o.fan.hosts.size(), o.fan.limits()),
      changed_(s.ctl.get_executor()),
      hosts_(o.fan.hosts.size()),
      outcomes_(o.fan.hosts.size()) {}

asio::awaitable<void> fan_out::prepare() {
    keys_read keys;
    for (std::size_t i = 0; i < hosts_.size(); ++i) {
        auto host = resolve_host(options_.fan.hosts[i], options_.host);
        auto to = co_await connection_to(options_, invocation_, std::move(host), keys);
        hosts_[i].to = std::move(to);
    }
}

asio::awaitable<int> fan_out::run() {
    const control::gentle on_signal(invocation_.ctl, [this] { cancel_all(); }, time_to_end(options_));
    co_await prepare();
    std::exception_ptr cancelled;
    try {
        co_await run_all();
    } catch (...) {
        cancelled = std::current_exception();
    }
    if (cancelled) {
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        cancel_all();
        co_await run_all();
        std::rethrow_exception(cancelled);
    }
    co_await printer_.finish(outcomes_);
    co_return worst_code(outcomes_);
}

asio::awaitable<void> fan_out::run_all() {
    for (;;) {
        while (const auto host = schedule_.next()) start(*host);
        if (schedule_.over()) co_return;
        co_await changed_.wait();
    }
}

void fan_out::start(std::size_t host) {
    auto& one = hosts_[host];
    watch(one);
    auto ended = [this, host](const std::exception_ptr& e) {
        auto& gone = hosts_[host];
        if (gone.deadline) gone.deadline->cancel();
        // That its outcome could not be printed: the reader has left, or all of it is cancelled.
        if (e && outcomes_[host].well()) outcomes_[host] = failed(gone, failure_of(e));
        schedule_.ended(outcomes_[host].well());
        if (printer_.reader_left()) schedule_.stop();
        changed_.notify();
    };
    asio::co_spawn(invocation_.ctl.get_executor(), run_host(host),
                   asio::bind_cancellation_slot(one.stop.slot(), std::move(ended)));
}

/// A host that does not answer in time is given up. Its own answer comes first, where there is one.
void fan_out::watch(one_host& host) {
    if (!options_.timeout) return;
    host.deadline.emplace(invocation_.ctl.get_executor(), *options_.timeout + time_to_end(options_));
    host.deadline->async_wait([&host](boost::system::error_code ec) {
        if (ec) return;
        host.late = true;
        host.stop.emit(asio::cancellation_type::terminal);
    });
}

void fan_out::cancel_all() {
    schedule_.stop();
    for (auto& host : hosts_) host.stop.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> fan_out::run_host(std::size_t host) {
    const auto began = clock::now();
    try {
        auto outcome = co_await call_host(host);
        outcomes_[host] = std::move(outcome);
    } catch (...) {
        outcomes_[host] = failed(hosts_[host], failure_of(std::current_exception()));
    }
    outcomes_[host].took = clock::now() - began;
    co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
    co_await printer_.ended(host, outcomes_[host]);
}

asio::awaitable<host_outcome> fan_out::call_host(std::size_t host) {
    co_await invocation_.jumps.reach(hosts_[host].to);
    auto there = hosts_[host].to.address;
    auto how = hosts_[host].to.how;
    auto on = co_await client::connect(std::move(there), std::move(how));
    co_return co_await call_(on, host);
}

host_outcome fan_out::failed(const one_host& host, failure why) const {
    if (host.late && why.code == errc::cancelled) why = failure(errc::timed_out, "there was no answer in time");
    host_outcome out;
    out.how = host_outcome::state::failed;
    out.code = exit_code_for(options_.command, why.code);
    out.why = std::move(why);
    return out;
}

} // namespace tug::cli

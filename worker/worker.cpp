#include "worker.hpp"

#include "message_work.hpp"
#include "on_thread.hpp"

#include <tug/os/escape.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <iostream>
#include <utility>
#include <vector>

namespace tug::worker {

namespace asio = boost::asio;
using asio::experimental::awaitable_operators::operator&&;
using namespace std::chrono_literals;

namespace {

constexpr auto fetch_for = 1s;
constexpr std::size_t most_threads = 16;

void say(const std::string& text) {
    std::cerr << "tug-worker: " + os::printable(text) + "\n" << std::flush;
}

std::string text_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        return e.what();
    }
}

} // namespace

worker::worker(asio::any_io_executor home, queue_link& queue, host_set& hosts, worker_options how)
    : home_(home),
      queue_(queue),
      hosts_(hosts),
      how_(how),
      threads_(std::min(how.parallel, most_threads) + 1),
      place_(home) {}

asio::awaitable<void> worker::run() {
    std::exception_ptr thrown;
    try {
        co_await make_queue();
        say("takes jobs from the queue " + queue_.queue());
        co_await (fetch() && keep_alive() && hosts_.follow_name());
    } catch (...) {
        thrown = std::current_exception();
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await stop_all();
    if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> worker::make_queue() {
    std::function<std::chrono::milliseconds()> make = [this] {
        queue_.make_queue();
        return queue_.consumer_ack_wait();
    };
    for (;;) {
        try {
            ack_wait_ = co_await on_thread(threads_, make);
            co_return;
        } catch (const nats_error& e) {
            if (e.what_kind() != nats_error::kind::unavailable) throw;
            say(e.what());
        }
    }
}

asio::awaitable<void> worker::free_place() {
    while (tasks_.size() >= how_.parallel) {
        place_.expires_at(std::chrono::steady_clock::time_point::max());
        (void)co_await place_.async_wait(asio::as_tuple(asio::use_awaitable));
        co_await asio::this_coro::throw_if_cancelled(true);
    }
}

asio::awaitable<void> worker::fetch() {
    bool answered = true;
    for (;;) {
        co_await free_place();
        const auto most = static_cast<int>(how_.parallel - tasks_.size());
        std::function<std::vector<queue_message>()> take = [this, most] { return queue_.fetch(most, fetch_for); };
        std::vector<queue_message> found;
        std::string why;
        try {
            found = co_await on_thread(fetch_thread_, std::move(take));
        } catch (const nats_error& e) {
            if (e.what_kind() == nats_error::kind::refused) throw;
            why = e.what();
        }
        for (auto& message : found) begin(std::move(message));
        if (!why.empty() && std::exchange(answered, false)) say(why);
        if (why.empty() && !std::exchange(answered, true)) say("NATS is back");
        if (why.empty()) continue;
        asio::steady_timer pause(home_, 250ms);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

/// Three times within the time after which the server would deliver a message anew.
asio::awaitable<void> worker::keep_alive() {
    asio::steady_timer timer(home_);
    for (;;) {
        timer.expires_after(ack_wait_ / 3);
        co_await timer.async_wait(asio::use_awaitable);
        for (auto& one : tasks_) one.message.is_in_progress();
    }
}

void worker::begin(queue_message message) {
    tasks_.emplace_back(std::move(message));
    const auto at = std::prev(tasks_.end());
    const message_work::surroundings with{queue_, hosts_, threads_, how_.tail, how_.lost_after};
    auto work = std::make_shared<message_work>(with, at->message);
    auto ended = [this, at, work](std::exception_ptr thrown) {
        if (thrown) { // it was not answered
            if (!stopping_) say("the request " + at->message.id() + ": " + text_of(thrown));
            at->message.give_back(stopping_ ? 0ms : 2s);
        }
        tasks_.erase(at);
        place_.cancel();
    };
    asio::co_spawn(home_, work->run(), asio::bind_cancellation_slot(at->stop.slot(), std::move(ended)));
}

asio::awaitable<void> worker::stop_all() {
    stopping_ = true;
    for (auto at = tasks_.begin(); at != tasks_.end();) (at++)->stop.emit(asio::cancellation_type::terminal);
    while (!tasks_.empty()) {
        place_.expires_at(std::chrono::steady_clock::time_point::max());
        (void)co_await place_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    queue_.flush(1s);
}

void worker::join() {
    threads_.join();
    fetch_thread_.join();
}

} // namespace tug::worker

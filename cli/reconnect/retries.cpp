#include "retries.hpp"

#include "cli/local/report.hpp"
#include "retry_schedule.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

using clock = std::chrono::steady_clock;

/// What goes by: the same transfer may succeed on another connection, or a little later.
bool goes_by(errc code) {
    switch (code) {
    case errc::connection_lost:
    case errc::connect_failed:
    case errc::connect_timed_out:
    case errc::shutting_down:
    case errc::busy: return true;
    default: return false;
    }
}

double by_chance() {
    std::random_device dice;
    return std::uniform_real_distribution<double>(0, 1)(dice);
}

void say(const options& o, const failure& why, std::chrono::milliseconds pause, const retry_schedule& schedule) {
    if (o.quiet) return;
    const auto line = "tug: " + std::string(name_of(why.code)) + ": trying again in " +
                      std::to_string((pause.count() + 999) / 1000) + " s (" + std::to_string(schedule.tries()) +
                      " of " + std::to_string(schedule.most()) + "), from where it was";
    (void)write_all(STDERR_FILENO, printable(line) + "\n");
}

asio::awaitable<void> wait(std::chrono::milliseconds pause) {
    asio::steady_timer timer(co_await asio::this_coro::executor, pause);
    co_await timer.async_wait(asio::use_awaitable);
}

/// One try, on a new connection where there is none any more. The failure where it is one that goes by; throws others.
asio::awaitable<std::optional<failure>> try_once(const std::vector<connected_host>& all, const options& o,
                                                 invocation& s, const transfer_try& transfer, bool first) {
    std::optional<failure> out;
    try {
        for (const auto& one : all) {
            if (one.on.is_open()) continue;
            s.chosen.reset(); // of a pool any host will do
            one.on = co_await connect(o, s, one.address);
        }
        co_await transfer(all.front().on, first);
    } catch (const error& e) {
        if (!goes_by(e.failure().code)) throw;
        out = e.failure();
    }
    if (out && s.chosen) all.front().on = client(); // the next try is on another one
    co_return out;
}

asio::awaitable<void> try_all(std::vector<connected_host> all, const options& o, invocation& s, transfer_try transfer) {
    retry_schedule schedule(o.transfer.retries);
    for (bool first = true;; first = false) {
        const auto begun = clock::now();
        const auto why = co_await try_once(all, o, s, transfer, first);
        if (!why) co_return;
        const auto pause = schedule.next(clock::now() - begun, by_chance());
        if (!pause) throw error(*why);
        say(o, *why, *pause, schedule);
        co_await wait(*pause);
    }
}

} // namespace

asio::awaitable<void> with_retries(connected_host to, const options& o, invocation& s, transfer_try transfer) {
    std::vector<connected_host> all(1, std::move(to));
    return try_all(std::move(all), o, s, std::move(transfer));
}

asio::awaitable<void> with_retries(connected_host from, connected_host to, const options& o, invocation& s,
                                   transfer_try transfer) {
    std::vector<connected_host> all(1, std::move(from));
    all.push_back(std::move(to));
    return try_all(std::move(all), o, s, std::move(transfer));
}

asio::awaitable<void> with_retries(client& on, const options& o, invocation& s, transfer_try transfer) {
    return with_retries(connected_host(on, address_of(o)), o, s, std::move(transfer));
}

} // namespace tug::cli

// The calls of a pool: each goes to a host, and to another where that may do it.

#include "at_home.hpp"
#include "pool_state.hpp"

#include <tug/net/race.hpp>

#include <exception>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

namespace tug::detail {

namespace asio = boost::asio;

namespace {

/// Whether another host may do what this one has failed at: the connection, or the host as a whole, is at fault.
bool another_may(const failure& why) {
    return why.code == errc::connection_lost || why.code == errc::client_closed || why.code == errc::busy ||
           why.code == errc::shutting_down;
}

/// What the call throws, as a value. A cancelled call throws one of two things.
asio::awaitable<proto::result<void>> as_value(std::shared_ptr<client> on, const pool_state::call_on& call) {
    std::exception_ptr thrown;
    try {
        co_await call(*on);
        co_return proto::result<void>();
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return failure_of(thrown);
}

} // namespace

asio::awaitable<proto::result<void>> pool_state::once(call_on call) {
    auto held = co_await acquire({});
    if (!held) co_return held.error();
    auto done = co_await as_value(held->on_, call);
    if (!done) note_refusal(*held, done.error().code);
    co_return done;
}

asio::awaitable<proto::result<void>> pool_state::repeat(call_on call, std::string job) {
    std::vector<host_id> tried;
    for (std::size_t left = attempts();; --left) {
        auto held = co_await acquire(tried, job);
        if (!held) co_return held.error();
        auto done = co_await attempt(*held, call);
        if (!done) note_refusal(*held, done.error().code);
        if (done || left == 1 || !another_may(done.error())) co_return done;
        tried.push_back(held->host_);
    }
}

/// The call, or a failure as soon as the host answers no ping.
asio::awaitable<proto::result<void>> pool_state::attempt(const pool_lease& held, const call_on& call) {
    const auto host = held.host_;
    auto work = as_value(held.on_, call);
    auto silence = until_silent(find(host, held.on_.get()));
    auto race = net::race(std::move(work), std::move(silence));
    auto won = co_await std::move(race);
    if (auto* done = std::get_if<0>(&won)) co_return std::move(*done);
    co_return failure(errc::connection_lost, plan_.name(host) + " does not answer");
}

} // namespace tug::detail

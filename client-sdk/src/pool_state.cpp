#include "pool_state.hpp"

#include "at_home.hpp"

#include <tug/net/name_lookups.hpp>
#include <tug/net/race.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <set>
#include <utility>

namespace tug::detail {

namespace asio = boost::asio;
using clock = pool_plan::clock;

namespace {

/// How long a call waits for the hosts that are being connected to before it has one more tried: one that hangs, or is
/// far away, is not waited for where others may be near (RFC 8305 has the same time for addresses).
constexpr std::chrono::milliseconds next_attempt{250};

constexpr std::size_t most_jobs = 65'536; // remembered; an older one is looked for where its name belongs

pool_plan::limits limits_of(const pool_options& how) {
    pool_plan::limits out;
    out.calls = how.calls_per_host();
    out.calls_of_connection = how.calls_per_connection();
    out.least_up = how.keep_open();
    return out;
}

asio::awaitable<void> until(asio::any_io_executor executor, pool_plan::time when) {
    asio::steady_timer timer(executor, when);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<proto::result<client>> connect_to(asio::any_io_executor home, std::string address,
                                                  connect_options how) {
    std::exception_ptr thrown;
    try {
        co_return co_await client::connect(home, std::move(address), std::move(how));
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return failure_of(thrown);
}

} // namespace

pool_state::pool_state(asio::any_io_executor home, pool_options how)
    : executor_(home), how_(std::move(how)), plan_(limits_of(how_)), changed_(home), silenced_(home), tasks_(home) {}

void pool_state::release() {
    released_ = true;
    tasks_.cancel();
    for (auto& [host, all] : connections_)
        for (const auto& one : all) one->on = client(); // also for those who hold it
    changed_.notify_all();
    silenced_.notify_all();
}

std::vector<pool_host> pool_state::hosts() const {
    std::vector<pool_host> out;
    for (host_id host = 0; host < plan_.size(); ++host)
        if (!plan_.is_gone(host))
            out.push_back({plan_.name(host), plan_.calls(host), plan_.connections(host), plan_.others(host),
                           plan_.is_up(host), plan_.takes_calls(host)});
    return out;
}

// --- a host for a call -----------------------------------------------------------------------------------------------

asio::awaitable<proto::result<pool_lease>> pool_state::acquire(std::vector<host_id> tried, std::string job,
                                                               std::optional<time> limit) {
    const auto give_up = limit.value_or(clock::now() + how_.wait_at_most());
    for (;;) {
        if (released_) co_return failure(errc::client_closed, "the pool was destroyed");
        pool_plan::wish what;
        what.tried = tried;
        if (!job.empty()) what.only = job_host(job);
        const bool may_begin = job.empty() || what.only;
        auto host = may_begin ? plan_.begin(what, chance()) : std::nullopt;
        const auto over = host ? least_used(*host) : nullptr;
        if (over && !over->on.is_open()) { // it has just ended, and nothing was sent
            plan_.ended(*host);
            silence(*host, *over);
            continue;
        }
        if (may_begin) connect_more(!host, what);
        if (host) {
            if (!job.empty()) remember(job, *host);
            ++over->calls;
            co_return pool_lease(shared_from_this(), *host, std::shared_ptr<client>(over, &over->on));
        }
        const auto now = clock::now();
        if (now >= give_up) co_return no_host(job);
        const auto until_attempt = std::min(give_up, now + next_attempt);
        co_await changed_or(std::min(until_attempt, plan_.next_retry(now).value_or(give_up)));
    }
}

void pool_state::give_back(host_id host, const client* on) {
    plan_.ended(host);
    if (const auto over = find(host, on)) --over->calls;
    changed_.notify_all();
}

/// That of a host which takes calls: one of its connections answers.
pool_state::connection_ptr pool_state::least_used(host_id host) const {
    connection_ptr least;
    for (const auto& one : connections_.at(host))
        if (one->takes_calls && (!least || one->calls < least->calls)) least = one;
    return least;
}

pool_state::connection_ptr pool_state::find(host_id host, const client* on) const {
    if (const auto all = connections_.find(host); all != connections_.end())
        for (const auto& one : all->second)
            if (&one->on == on) return one;
    return nullptr;
}

asio::awaitable<proto::result<pool_connection>> pool_state::take(std::string job) {
    const auto give_up = clock::now() + how_.wait_at_most();
    if (job.empty()) co_await until_choice(give_up);
    auto held = co_await acquire({}, std::move(job), give_up);
    if (!held) co_return held.error();
    pool_connection out;
    out.host = plan_.name(held->host_);
    if (const auto over = find(held->host_, held->on_.get()); over->calls == 1) {
        over->taken = true;
        std::erase(connections_[held->host_], over);
        plan_.closed(held->host_, over->takes_calls);
        out.on = std::move(over->on);
        co_return out;
    }
    auto how = options_for(out.host);
    auto made = co_await connect_to(executor_, out.host, std::move(how));
    if (!made) co_return made.error();
    out.on = std::move(*made);
    co_return out;
}

/// Waits until there are two hosts to choose from, of which one may be less busy. One that hangs, or is far away, is
/// not waited for where another one is there.
asio::awaitable<void> pool_state::until_choice(time give_up) {
    const auto began = clock::now();
    for (bool alone = false; !released_ && plan_.ready() < 2;) {
        connect_more(plan_.ready() == 0, {});
        const auto now = clock::now();
        if (!std::exchange(alone, plan_.ready() == 1) && alone)
            give_up = std::min(give_up, now + std::max<clock::duration>(2 * (now - began), next_attempt));
        if (now >= give_up || (alone && plan_.connecting() == 0)) co_return;
        co_await changed_or(std::min(give_up, now + next_attempt));
    }
}

failure pool_state::no_host(const std::string& job) const {
    if (plan_.up() > 0 && job.empty()) return {errc::busy, "every host of the pool has as many calls as it may"};
    if (last_failure_) return *last_failure_;
    return {errc::connect_timed_out, "no host of the pool could be reached in time"};
}

asio::awaitable<void> pool_state::changed_or(time when) {
    auto late = until(executor_, when);
    auto change = changed_.async_wait(asio::as_tuple(asio::use_awaitable));
    auto race = net::race(std::move(change), std::move(late));
    (void)co_await std::move(race);
}

/// Where a job was sent it stays. One that was sent nowhere yet goes where its name belongs.
std::optional<pool_state::host_id> pool_state::job_host(const std::string& job) const {
    const auto known = jobs_.find(job);
    if (known == jobs_.end()) return plan_.home_of(job, clock::now());
    return plan_.find(known->second);
}

void pool_state::remember(const std::string& job, host_id host) {
    if (!jobs_.emplace(job, plan_.name(host)).second) return;
    oldest_jobs_.push_back(job);
    if (oldest_jobs_.size() <= most_jobs) return;
    jobs_.erase(oldest_jobs_.front());
    oldest_jobs_.pop_front();
}

// --- connections -----------------------------------------------------------------------------------------------------

void pool_state::connect_more(bool waiting, const pool_plan::wish& what) {
    while (const auto host = plan_.connect(waiting, what, clock::now(), chance())) {
        tasks_.spawn(serve(*host));
        waiting = false;
    }
}

connect_options pool_state::options_for(const std::string& host) const {
    auto out = how_.connect_to(host);
    if (resolved_name_.empty() || !out.tls() || !out.tls()->server_name().empty()) return out;
    const auto named = tug::address::parse(resolved_name_);
    auto tls = *out.tls();
    if (named) out.tls(std::move(tls.server_name(named->host)));
    return out;
}

/// One connection, from its beginning to its end.
asio::awaitable<void> pool_state::serve(host_id host) {
    const auto self = shared_from_this();
    auto address = plan_.name(host);
    auto how = options_for(address);
    auto made = co_await connect_to(executor_, std::move(address), std::move(how));
    if (released_) co_return;
    connection_ptr over;
    if (made) {
        over = std::make_shared<connection>();
        over->on = std::move(*made);
        // Before the first call, so that the plan knows how far away the host is, and how busy.
        auto first = net::both(check(host, over), ask_load(host, over, next_attempt));
        const auto [answers, asked] = co_await std::move(first);
        if (released_) co_return;
        if (!answers) over.reset();
    } else {
        last_failure_ = made.error();
    }
    if (over)
        co_await use(host, std::move(over));
    else
        plan_.failed(host, clock::now(), chance());
    changed_.notify_all();
}

/// A connection that stands.
asio::awaitable<void> pool_state::use(host_id host, connection_ptr over) {
    auto& all = connections_[host];
    all.push_back(over);
    plan_.connected(host);
    if (over->draining || over->on.was_draining()) drain(host, *over);
    changed_.notify_all();
    co_await watch(host, over);
    if (released_ || over->taken) co_return;
    std::erase(all, over);
    plan_.lost(host, over->takes_calls, clock::now(), chance());
}

/// Pings a host again and again, and asks how busy it is, until its connection has ended or is no longer wanted.
asio::awaitable<void> pool_state::watch(host_id host, connection_ptr over) {
    while (over->on.is_open() && !(plan_.is_gone(host) && plan_.calls(host) == 0)) {
        auto pause = until(executor_, clock::now() + how_.check_every());
        auto end = over->on.closed(asio::as_tuple(asio::use_awaitable));
        auto race = net::race(std::move(end), std::move(pause));
        (void)co_await std::move(race);
        if (!over->on.is_open()) co_return;
        const bool answers = co_await check(host, over);
        if (over->taken) co_return;
        if (!answers) silence(host, *over);
        co_await ask_load(host, over, how_.check_every());
        if (over->taken) co_return;
        if (over->draining) drain(host, *over);
    }
}

/// Calls that may be made again are made again elsewhere; the others wait for it.
void pool_state::silence(host_id host, connection& over) {
    ++over.silences;
    stop_calls(host, over);
    silenced_.notify_all();
}

/// Its process ends: what has begun there goes on.
void pool_state::drain(host_id host, connection& over) {
    over.draining = true;
    stop_calls(host, over);
}

void pool_state::stop_calls(host_id host, connection& over) {
    if (std::exchange(over.takes_calls, false)) plan_.silent(host);
}

/// A call has failed with that.
void pool_state::note_refusal(const pool_lease& held, errc code) {
    const auto over = find(held.host_, held.on_.get());
    if (over && code == errc::shutting_down) drain(held.host_, *over);
}

/// Whether it answers in time. One that is slow only is asked again.
asio::awaitable<bool> pool_state::check(host_id host, connection_ptr over) {
    const auto began = clock::now();
    auto late = until(executor_, began + how_.check_every());
    auto ping = over->on.ping(asio::as_tuple(asio::use_awaitable));
    auto race = net::race(std::move(ping), std::move(late));
    const auto won = co_await std::move(race);
    const auto* const answer = std::get_if<0>(&won);
    if (!answer || std::get<0>(*answer)) co_return false;
    plan_.measured(host, clock::now() - began);
    if (!over->draining && !std::exchange(over->takes_calls, true)) plan_.answers(host);
    changed_.notify_all();
    co_return true;
}

/// What it runs for others, and whether it is ending. A host that only pings is taken as it is: its disk may hang, or
/// it may be one that does not tell.
asio::awaitable<void> pool_state::ask_load(host_id host, connection_ptr over, clock::duration limit) {
    auto late = until(executor_, clock::now() + limit);
    auto info = over->on.info(asio::as_tuple(asio::use_awaitable));
    auto race = net::race(std::move(info), std::move(late));
    auto won = co_await std::move(race);
    const auto* const answer = std::get_if<0>(&won);
    if (!answer || std::get<0>(*answer)) co_return;
    const auto& said = std::get<1>(*answer);
    const auto own = plan_.calls(host);
    plan_.loaded(host, said.commands.used > own ? said.commands.used - own : 0);
    over->draining = over->draining || said.draining;
}

asio::awaitable<void> pool_state::until_silent(connection_ptr over) {
    const auto self = shared_from_this();
    const auto before = over->silences;
    while (!released_ && over->silences == before) {
        const auto [ec] = co_await silenced_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
    }
}

// --- a name ----------------------------------------------------------------------------------------------------------

void pool_state::follow_name(std::string name) {
    resolved_name_ = name;
    tasks_.spawn(resolve_again(std::move(name)));
}

/// What the name resolves to; the hosts stay as they are where it cannot be resolved.
asio::awaitable<void> pool_state::resolve_again(std::string name) {
    const auto self = shared_from_this();
    const auto named = tug::address::parse(name);
    if (!named) {
        last_failure_ = named.error();
        co_return;
    }
    while (!released_) {
        const auto found = co_await net::name_lookups::of_process().find(named->host);
        if (released_) co_return; // it was cancelled, and another co_await would throw
        std::set<std::string> hosts;
        for (const auto& address : found ? *found : net::ip_addresses()) {
            tug::address one;
            one.host = address.to_string();
            one.port = named->port;
            hosts.insert(one.to_string());
        }
        if (!found) last_failure_ = failure(errc::connect_failed, name + ": " + found.error().message);
        if (!hosts.empty()) set_hosts({hosts.begin(), hosts.end()});
        changed_.notify_all();
        co_await until(executor_, clock::now() + how_.resolve_every());
    }
}

} // namespace tug::detail

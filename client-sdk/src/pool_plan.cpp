#include "pool_plan.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

namespace tug::detail {

namespace {

/// Mixes a number: the same for the same input, and without pattern.
std::uint64_t mixed(std::uint64_t x) {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

std::uint64_t hash_of(const std::string& text) {
    std::uint64_t hash = 0xcbf29ce484222325U; // FNV-1a: every pool on every machine has to find the same
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return hash;
}

/// Pairs of hosts that are looked at for one call.
constexpr std::size_t most_looks = 4;

bool holds(std::span<const pool_plan::host_id> some, pool_plan::host_id one) {
    return std::ranges::find(some, one) != some.end();
}

} // namespace

void pool_plan::set_hosts(std::span<const std::string> names) {
    for (auto& host : hosts_) host.gone = true;
    for (const auto& name : names)
        if (const auto known = find(name)) hosts_[*known].gone = false;
    auto unused = std::find_if(hosts_.begin(), hosts_.end(), is_unused);
    for (const auto& name : names) {
        if (ids_.contains(name)) continue;
        if (unused == hosts_.end()) { // names come and go for years: places are used again
            ids_.emplace(name, hosts_.size());
            hosts_.emplace_back().name = name;
            unused = hosts_.end();
            continue;
        }
        ids_.erase(unused->name);
        ids_.emplace(name, unused - hosts_.begin());
        *unused = one_host();
        unused->name = name;
        unused = std::find_if(unused, hosts_.end(), is_unused);
    }
    for (host_id host = 0; host < hosts_.size(); ++host) settle(host);
}

bool pool_plan::is_unused(const one_host& host) {
    return host.gone && host.calls == 0 && host.open == 0 && !host.opening;
}

/// Puts a host among those that take calls, or takes it from there, as it is now.
void pool_plan::settle(host_id host) {
    auto& one = hosts_[host];
    const bool takes = one.answering > 0 && !one.gone;
    if (takes == (one.place != nowhere)) return;
    if (takes) {
        one.place = ready_.size();
        ready_.push_back(host);
        return;
    }
    hosts_[ready_.back()].place = one.place;
    ready_[one.place] = ready_.back();
    ready_.pop_back();
    one.place = nowhere;
}

// --- calls -----------------------------------------------------------------------------------------------------------

std::optional<pool_plan::host_id> pool_plan::begin(const wish& what, std::uint64_t chance) {
    std::optional<host_id> host;
    if (what.only) {
        if (takes_calls(*what.only) && has_room(*what.only)) host = what.only;
    } else {
        host = choose(what, chance);
    }
    if (!host) return std::nullopt;
    crowded_ = hosts_[*host].calls > 0;
    usual_cost_ += (cost(*host) - usual_cost_) / 16;
    ++hosts_[*host].calls;
    return host;
}

void pool_plan::ended(host_id host) {
    --hosts_[host].calls;
}

/// What a call there would wait for: the calls that are there, each as long as a round trip at least.
double pool_plan::cost(host_id host) const {
    const auto& one = hosts_[host];
    const auto trip = std::max<std::chrono::nanoseconds>(one.round_trip, most_.least_round_trip);
    return static_cast<double>(one.calls + one.others + 1) * static_cast<double>(trip.count());
}

/// The better one of two. Where both are worse than what calls usually get (one hangs, say, and the other is far away),
/// chance names two more, and so on: in a small pool that is not rare.
std::optional<pool_plan::host_id> pool_plan::choose(const wish& what, std::uint64_t chance) const {
    if (ready_.empty()) return std::nullopt;
    std::optional<host_id> best;
    for (std::size_t looks = 0; looks < most_looks && (!best || cost(*best) > 2 * usual_cost_); ++looks) {
        const auto found = better_of_two(what, chance);
        if (found && (!best || cost(*found) < cost(*best))) best = found;
        chance = mixed(chance);
    }
    return best ? best : first_with_room(what, chance);
}

std::optional<pool_plan::host_id> pool_plan::better_of_two(const wish& what, std::uint64_t chance) const {
    const auto fits = [&](host_id host) { return has_room(host) && !holds(what.tried, host); };
    const auto size = ready_.size();
    const auto one = ready_[chance % size];
    const auto other = size == 1 ? one : ready_[(chance % size + 1 + mixed(chance) % (size - 1)) % size];
    if (!fits(one)) return fits(other) ? std::optional(other) : std::nullopt;
    return fits(other) && cost(other) < cost(one) ? other : one;
}

/// Looks at all of them, from a place that chance names.
std::optional<pool_plan::host_id> pool_plan::first_with_room(const wish& what, std::uint64_t chance) const {
    std::optional<host_id> tried;
    for (std::size_t i = 0; i < ready_.size(); ++i) {
        const auto host = ready_[(chance + i) % ready_.size()];
        if (!has_room(host)) continue;
        if (!holds(what.tried, host)) return host;
        tried = host;
    }
    return tried;
}

// --- connections -----------------------------------------------------------------------------------------------------

bool pool_plan::may_connect(const one_host& host, time now) {
    return host.answering == 0 && !host.opening && !host.gone && !is_paused(host, now);
}

/// Whether a host that is up may have another connection: each one that answers has all calls that it may.
bool pool_plan::may_add(const one_host& host, time now) const {
    const bool takes = host.place != nowhere && !host.opening && !is_paused(host, now);
    return takes && host.open == host.answering && host.open * most_.calls_of_connection < most_.calls;
}

std::optional<pool_plan::host_id> pool_plan::connect(bool waiting, const wish& what, time now, std::uint64_t chance) {
    const bool needed = waiting || ready_.size() + connecting_ < most_.least_up || crowded_;
    if (!needed || connecting_ >= most_.connecting || hosts_.empty()) return std::nullopt;
    const auto found = to_connect(waiting, what, now, chance);
    if (!found) return std::nullopt;
    crowded_ = false;
    ++connecting_;
    hosts_[*found].opening = true;
    return found;
}

/// The first from a place that chance names: one without a connection that answers, else, for a call that waits, one
/// with too few connections.
std::optional<pool_plan::host_id> pool_plan::to_connect(bool waiting, const wish& what, time now,
                                                        std::uint64_t chance) const {
    if (what.only) {
        const auto& one = hosts_[*what.only];
        return may_connect(one, now) || (waiting && may_add(one, now)) ? what.only : std::nullopt;
    }
    const auto size = hosts_.size();
    const auto looks = waiting ? size : std::min<std::size_t>(size, 16);
    for (std::size_t i = 0; i < looks; ++i)
        if (const auto host = (chance + i) % size; may_connect(hosts_[host], now)) return host;
    if (!waiting) return std::nullopt;
    for (std::size_t i = 0; i < size; ++i)
        if (const auto host = (chance + i) % size; may_add(hosts_[host], now)) return host;
    return std::nullopt;
}

void pool_plan::stop_opening(one_host& host) {
    if (!host.opening) return;
    host.opening = false;
    --connecting_;
}

void pool_plan::connected(host_id host) {
    auto& one = hosts_[host];
    if (!one.opening) return;
    stop_opening(one);
    one.failures = 0;
    ++one.answering;
    if (++one.open == 1) ++up_;
    settle(host);
}

void pool_plan::pause(one_host& host, time now, std::uint64_t chance, const limits& most) {
    auto pause = most.longest_pause;
    if (host.failures < 16) pause = std::min(pause, most.first_pause * (1 << host.failures));
    ++host.failures;
    const auto half = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(pause.count()) / 2);
    host.paused_until = now + pause / 2 + std::chrono::milliseconds(mixed(chance) % half);
}

void pool_plan::failed(host_id host, time now, std::uint64_t chance) {
    auto& one = hosts_[host];
    stop_opening(one);
    pause(one, now, chance, most_);
}

void pool_plan::lost(host_id host, bool took_calls, time now, std::uint64_t chance) {
    closed(host, took_calls);
    if (auto& one = hosts_[host]; one.open == 0 && !one.gone) pause(one, now, chance, most_);
}

void pool_plan::closed(host_id host, bool took_calls) {
    auto& one = hosts_[host];
    if (took_calls) --one.answering;
    if (--one.open == 0) {
        --up_;
        one.round_trip = {};
        one.others = 0;
    }
    settle(host);
}

void pool_plan::silent(host_id host) {
    --hosts_[host].answering;
    settle(host);
}

void pool_plan::answers(host_id host) {
    ++hosts_[host].answering;
    settle(host);
}

void pool_plan::measured(host_id host, std::chrono::nanoseconds round_trip) {
    auto& one = hosts_[host];
    // Up at once, down by and by: a host that was slow has to show that it no longer is.
    one.round_trip = std::max(round_trip, (one.round_trip * 3 + round_trip) / 4);
}

std::optional<pool_plan::time> pool_plan::next_retry(time now) const {
    std::optional<time> first;
    for (const auto& host : hosts_)
        if (is_paused(host, now) && !host.gone && (!first || host.paused_until < *first)) first = host.paused_until;
    return first;
}

// --- names -----------------------------------------------------------------------------------------------------------

std::optional<pool_plan::host_id> pool_plan::home_of(const std::string& name, time now) const {
    const auto salt = hash_of(name);
    std::optional<host_id> best;
    std::uint64_t highest = 0;
    for (host_id host = 0; host < hosts_.size(); ++host) {
        const auto& one = hosts_[host];
        const bool away = one.open > 0 ? one.answering == 0 : is_paused(one, now);
        if (one.gone || away) continue;
        const auto weight = mixed(salt ^ hash_of(one.name));
        if (best && weight <= highest) continue;
        best = host;
        highest = weight;
    }
    return best;
}

std::optional<pool_plan::host_id> pool_plan::find(const std::string& name) const {
    const auto at = ids_.find(name);
    if (at == ids_.end()) return std::nullopt;
    return at->second;
}

} // namespace tug::detail

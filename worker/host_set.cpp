#include "host_set.hpp"

#include <tug/address.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace tug::worker {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto resolve_every = 5s;
constexpr auto leave_alone = 2s; ///< A host that could not be reached.
constexpr std::size_t most_calls = 4'096;

/// Each address of a name has to have the certificate of that name.
connect_options for_name(connect_options how, const std::string& name) {
    if (!how.tls() || !how.tls()->server_name().empty()) return how;
    auto tls = *how.tls();
    tls.server_name(name);
    how.tls(std::move(tls));
    return how;
}

bool is_numeric(const std::string& host) {
    boost::system::error_code ec;
    asio::ip::make_address(host, ec);
    return !ec;
}

} // namespace

host_set::host_set(asio::any_io_executor home, const std::vector<std::string>& hosts, connect_options how)
    : home_(std::move(home)), how_(std::move(how)) {
    if (hosts.size() == 1) {
        const auto only = tug::address::parse(hosts.front());
        if (only && !only->is_unix() && !is_numeric(only->host)) {
            name_ = hosts.front();
            how_ = for_name(std::move(how_), only->host);
            return;
        }
    }
    for (const auto& text : hosts) {
        const auto address = tug::address::parse(text);
        current_.insert(address ? address->to_string() : text);
    }
}

asio::awaitable<void> host_set::follow_name() {
    asio::steady_timer timer(home_);
    while (!name_.empty()) {
        co_await resolve();
        timer.expires_after(resolve_every);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> host_set::resolve() {
    const auto named = tug::address::parse(name_);
    asio::ip::tcp::resolver resolver(home_);
    const auto port = std::to_string(named->port);
    const auto [ec, found] = co_await resolver.async_resolve(named->host, port, asio::as_tuple(asio::use_awaitable));
    if (ec || found.empty()) co_return; // they stay as they are
    current_.clear();
    for (const auto& entry : found) {
        tug::address one;
        one.host = entry.endpoint().address().to_string();
        one.port = named->port;
        current_.insert(one.to_string());
    }
}

host_set::host& host_set::find(const std::string& address) {
    if (const auto at = hosts_.find(address); at != hosts_.end()) return at->second;
    pool_options options;
    options.connect(how_).calls_per_host(most_calls).wait_at_most(2s);
    host made{pool(home_, {address}, std::move(options)), {}};
    return hosts_.emplace(address, std::move(made)).first->second;
}

std::optional<std::string> host_set::choose(const std::set<std::string>& but) {
    const auto now = clock::now();
    std::vector<std::string> best;
    std::size_t least = 0;
    for (const auto& address : current_) {
        const auto& one = find(address);
        if (but.contains(address) || one.left_alone_until > now) continue;
        const auto there = one.connections.hosts();
        const auto busy = there.empty() ? 0 : there.front().calls + there.front().others;
        if (best.empty() || busy < least) best.clear();
        if (best.empty() || busy == least) best.push_back(address);
        least = best.size() == 1 ? busy : least;
    }
    if (best.empty()) return std::nullopt;
    return best[std::uniform_int_distribution<std::size_t>(0, best.size() - 1)(dice_)];
}

asio::awaitable<pool_lease> host_set::lease(std::string address) {
    std::exception_ptr thrown;
    try {
        co_return co_await find(address).connections.lease();
    } catch (const error&) {
        thrown = std::current_exception();
    }
    find(address).left_alone_until = clock::now() + leave_alone;
    std::rethrow_exception(thrown);
}

} // namespace tug::worker

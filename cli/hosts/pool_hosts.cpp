#include "pool_hosts.hpp"

#include "cli/arguments/usage_error.hpp"
#include "cli/commands/run_command.hpp"
#include "cli/local/report.hpp"
#include "cli/reconnect/reconnecting_job.hpp"
#include "connection_settings.hpp"
#include "host_names.hpp"

#include <tug/error.hpp>
#include <tug/pool.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

namespace asio = boost::asio;

namespace tug::cli {

namespace {

constexpr int most_looks = 3;

/// The hosts that can be chosen, by their addresses.
struct candidates {
    std::map<std::string, chosen_host> hosts;
    bool of_name = false; ///< There is one, and it stands for all that its name resolves to.
};

bool is_group(const options& o, const std::string& text) {
    if (!o.hosts) return false;
    const auto groups = o.hosts->groups();
    return std::ranges::find(groups, text) != groups.end();
}

std::vector<std::string> names_in(const options& o, const std::string& text) {
    if (is_group(o, text)) return o.hosts->hosts_of("@" + text);
    std::vector<std::string> out;
    for (const auto& word : split_hosts(text)) {
        if (!o.hosts) out.push_back(word);
        if (!o.hosts) continue;
        for (auto& host : o.hosts->hosts_of(word)) out.push_back(std::move(host));
    }
    if (out.empty()) throw usage_error("pool: names no host", "write pool:NAME, or pool:HOST,HOST");
    return out;
}

/// Each address of a name has to have the certificate of that name.
void expect_name(host_connection& to) {
    if (!to.how.tls() || !to.how.tls()->server_name().empty()) return;
    auto tls = *to.how.tls();
    tls.server_name(to.address.host);
    to.how.tls(std::move(tls));
}

asio::awaitable<candidates> candidates_of(const options& o, invocation& s, const std::string& pool) {
    const auto text = pool.substr(pool.find(':') + 1);
    const auto names = names_in(o, text);
    candidates out;
    keys_read keys;
    for (const auto& name : names) {
        auto host = resolve_host(name, o.host);
        auto to = co_await connection_to(o, s, std::move(host), keys);
        co_await s.jumps.reach(to);
        auto address = to.address.to_string();
        out.hosts.emplace(std::move(address), chosen_host{pool, name, std::move(to)});
    }
    auto& first = out.hosts.begin()->second;
    out.of_name = names.size() == 1 && names.front() == text && !is_group(o, text) && first.to.address.path.empty();
    if (out.of_name) expect_name(first.to);
    co_return out;
}

pool_options options_for(const options& o, const candidates& all) {
    constexpr std::chrono::milliseconds usual{10'000};
    pool_options how;
    how.wait_at_most(std::min(o.timeout.value_or(usual), usual));
    if (all.of_name)
        how.connect(all.hosts.begin()->second.to.how);
    else
        how.connect_each([hosts = all.hosts](const std::string& host) { return hosts.at(host).to.how; });
    return how;
}

pool make_pool(const asio::any_io_executor& home, const options& o, const candidates& all) {
    if (all.of_name) return pool::of_name(home, all.hosts.begin()->first, options_for(o, all));
    std::vector<std::string> addresses;
    addresses.reserve(all.hosts.size());
    for (const auto& [address, host] : all.hosts) addresses.push_back(address);
    return {home, std::move(addresses), options_for(o, all)};
}

chosen_host choice(const candidates& all, const std::string& address) {
    if (!all.of_name) return all.hosts.at(address);
    auto out = all.hosts.begin()->second;
    out.to.address = *tug::address::parse(address);
    return out;
}

bool starts_job(const options& o) {
    return o.command == "job-start" || o.exec.detach;
}

bool only_looks(const options& o) {
    return o.command == "ping" || o.command == "info" || (o.command == "stat" && o.path.paths.size() == 1);
}

void refuse_what_needs_one_host(const options& o) {
    constexpr std::array of_one_host{"job-ls", "top", "audit", "mcp", "console"};
    if (std::ranges::find(of_one_host, o.command) != of_one_host.end())
        throw usage_error("a pool is one host of many, and this command is about a certain one",
                          "name the host, see `tug hosts`");
}

bool another_may(errc code) {
    return code == errc::connection_lost || code == errc::busy || code == errc::shutting_down;
}

} // namespace

bool is_pool(std::string_view host) noexcept {
    return host.starts_with("pool:");
}

asio::awaitable<client> connect_to_pool(const options& o, invocation& s, std::string pool) {
    if (s.chosen && s.chosen->pool == pool) {
        auto to = s.chosen->to;
        co_await s.jumps.reach(to);
        co_return co_await client::connect(std::move(to.address), std::move(to.how));
    }
    const auto all = co_await candidates_of(o, s, pool);
    auto hosts = make_pool(s.ctl.get_executor(), o, all);
    auto taken = co_await hosts.take(o.job.name);
    s.chosen = choice(all, taken.host);
    if (o.verbose) (void)write_all(STDERR_FILENO, printable("tug: on " + taken.host) + "\n");
    co_return std::move(taken.on);
}

asio::awaitable<int> run_on_pool(options o, invocation& s, std::string pool) {
    refuse_what_needs_one_host(o);
    if (starts_job(o) && o.job.name.empty()) o.job.name = new_job_name("job"); // where it goes, and is found again
    for (int left = only_looks(o) ? most_looks : 1;; --left) {
        try {
            auto there = co_await connect_to_pool(o, s, pool);
            const auto own = for_host(o, s.chosen->name);
            co_return co_await run_on(there, own, s);
        } catch (const error& e) {
            if (left == 1 || !another_may(e.failure().code)) throw;
        }
        s.chosen.reset();
    }
}

} // namespace tug::cli

// A pool of 10,000 hosts in virtual time: how even the load is, what is repeated when half of the hosts die at once,
// and how fast they are used again when they are back. TUG_POOL_CSV=FILE gets the figures.

#include "pool_plan.hpp"
#include "virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace tug::detail {

using namespace std::chrono_literals;

namespace {

using host_id = pool_plan::host_id;

constexpr std::size_t hosts = 10'000;
constexpr auto death = 10s;
constexpr auto rebirth = 15s;
constexpr auto end = 30s;
constexpr auto row_every = 250ms;

/// What one row of the figures has.
struct figures {
    double seconds = 0;
    std::size_t up = 0;
    std::size_t in_flight = 0;
    std::size_t most = 0; ///< Calls of the host that has most.
    std::size_t done = 0;
    std::size_t repeated = 0;
    std::size_t waited = 0; ///< Calls that found no host at once.
    std::size_t failed = 0; ///< After three attempts.

    [[nodiscard]] double imbalance() const {
        return in_flight == 0 ? 0 : static_cast<double>(most * up) / static_cast<double>(in_flight);
    }
};

class simulation : virtual_time {
public:
    simulation() : virtual_time(20), plan_({}), alive_(hosts, true), running_(hosts) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < hosts; ++i) names.push_back("host" + std::to_string(i));
        plan_.set_hosts(names);
        at(0s, [this] { arrive(); });
        at(death, [this] { kill_half(); });
        at(rebirth, [this] { alive_.assign(hosts, true); });
        for (auto when = row_every; when <= end; when += row_every) at(when, [this] { add_row(); });
    }

    std::vector<figures> run() {
        run_until(end);
        return rows_;
    }

private:
    /// 10,000 calls a second, each of 1 s on average: one a host.
    void arrive() {
        begin({});
        in(random_time(1e-4), [this] { arrive(); });
    }

    void begin(std::vector<host_id> tried) {
        pool_plan::wish what;
        what.tried = tried;
        const auto host = plan_.begin(what, dice()());
        connect_more(!host, what);
        if (!host) {
            ++row_.waited;
            in(10ms, [this, tried] { begin(tried); });
            return;
        }
        const auto call = count_++;
        running_[*host].emplace(call, std::move(tried));
        in(random_time(1), [this, host = *host, call] {
            if (running_[host].erase(call) == 0) return; // it was lost with its host
            plan_.ended(host);
            ++row_.done;
        });
    }

    /// The calls of a host whose connection has ended; each is made again elsewhere, twice at most.
    void repeat_calls_of(host_id host) {
        for (auto& [call, tried] : std::exchange(running_[host], {})) {
            plan_.ended(host);
            tried.push_back(host);
            ++(tried.size() == 3 ? row_.failed : row_.repeated);
            if (tried.size() < 3) begin(std::move(tried));
        }
    }

    void connect_more(bool waiting, const pool_plan::wish& what) {
        while (const auto host = plan_.connect(waiting, what, now(), dice()())) {
            waiting = false;
            in(2ms, [this, host = *host] {
                if (alive_[host])
                    plan_.connected(host);
                else
                    plan_.failed(host, now(), dice()());
            });
        }
    }

    void kill_half() {
        for (host_id host = 0; host < hosts; host += 2) {
            alive_[host] = false;
            while (plan_.is_up(host)) plan_.lost(host, true, now(), dice()());
        }
        for (host_id host = 0; host < hosts; host += 2) repeat_calls_of(host);
    }

    void add_row() {
        row_.seconds = std::chrono::duration<double>(now().time_since_epoch()).count();
        row_.up = plan_.up();
        for (host_id host = 0; host < hosts; ++host) {
            if (!plan_.is_up(host)) continue;
            row_.in_flight += plan_.calls(host);
            row_.most = std::max(row_.most, plan_.calls(host));
        }
        rows_.push_back(std::exchange(row_, {}));
    }

    pool_plan plan_;
    std::vector<bool> alive_;
    std::vector<std::map<std::uint64_t, std::vector<host_id>>> running_; ///< Of each host: where a call failed before.
    std::uint64_t count_ = 0;
    figures row_;
    std::vector<figures> rows_;
};

void write_csv(const std::vector<figures>& rows) {
    const char* file = std::getenv("TUG_POOL_CSV");
    if (file == nullptr) return;
    std::ofstream out(file);
    out << "seconds,up,in_flight,most,imbalance,done,repeated,waited,failed\n";
    for (const auto& r : rows)
        out << r.seconds << ',' << r.up << ',' << r.in_flight << ',' << r.most << ',' << r.imbalance() << ',' << r.done
            << ',' << r.repeated << ',' << r.waited << ',' << r.failed << '\n';
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool_simulation_test)

BOOST_AUTO_TEST_CASE(ten_thousand_hosts_of_which_half_die) {
    const auto rows = simulation().run();
    write_csv(rows);
    const auto at = [&](std::chrono::milliseconds when) {
        return rows[static_cast<std::size_t>(when / row_every) - 1];
    };
    const auto sum = [&](std::chrono::milliseconds from, auto what) {
        std::size_t out = 0;
        for (const auto& r : rows)
            if (r.seconds >= std::chrono::duration<double>(from).count()) out += r.*what;
        return out;
    };
    const auto before = at(death - 250ms);
    BOOST_TEST_MESSAGE("up " << before.up << ", imbalance " << before.imbalance() << ", repeated "
                             << sum(death, &figures::repeated) << ", waited " << sum(death, &figures::waited)
                             << ", up at the end " << rows.back().up);
    BOOST_TEST(before.up > hosts / 2);
    BOOST_TEST(before.most <= 8U);
    BOOST_TEST(sum(0ms, &figures::failed) == 0U); // each call was answered by its third host at the latest
    BOOST_TEST(sum(death, &figures::repeated) > 0U);
    BOOST_TEST(sum(death, &figures::repeated) < before.in_flight); // those that were on hosts that died, and once
    BOOST_TEST(sum(death + 1s, &figures::waited) == 0U);
    BOOST_TEST(at(death + 3s).most <= 12U); // half of the hosts carry all of it, as evenly
    BOOST_TEST(rows.back().up > hosts / 2);
    BOOST_TEST(rows.back().most <= 8U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::detail

// What calls take of a pool some of whose hosts die, hang and are slow, in virtual time: no more than of one of good
// hosts.

#include "pool_plan.hpp"
#include "virtual_time.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace tug::detail {

using namespace std::chrono_literals;

namespace {

using host_id = pool_plan::host_id;

enum class health { good, dead, hung, slow };

constexpr double call_seconds = 0.01;   // on average
constexpr double between_calls = 0.005; // two in flight, on average
constexpr double slowness = 10;         // of calls and pings of a slow host
constexpr auto round_trip = 1ms;
constexpr auto check_every = 2s; // as pool_options has it
constexpr auto change = 5s;      // hosts become what they are then
constexpr auto end = 35s;

class tail_simulation : virtual_time {
public:
    explicit tail_simulation(std::vector<health> later)
        : virtual_time(7),
          plan_({}),
          later_(std::move(later)),
          now_is_(later_.size(), health::good),
          running_(later_.size()) {
        std::vector<std::string> names;
        for (std::size_t i = 0; i < later_.size(); ++i) names.push_back("host" + std::to_string(i));
        plan_.set_hosts(names);
        at(0s, [this] { arrive(); });
        at(change, [this] { become(); });
    }

    /// The time that 99 of 100 calls took at most, of those that came from the change on.
    [[nodiscard]] double p99_ms() {
        run_until(end);
        std::ranges::sort(took_);
        BOOST_TEST_REQUIRE(took_.size() > 1000U);
        return took_[took_.size() * 99 / 100];
    }

    [[nodiscard]] std::size_t unanswered() const { return begun_ - took_.size(); }

private:
    struct one_call {
        time began;
        std::vector<host_id> tried;
    };

    void arrive() {
        if (now() >= time(change)) ++begun_;
        begin({now(), {}});
        in(random_time(between_calls), [this] { arrive(); });
    }

    void begin(one_call call) {
        pool_plan::wish what;
        what.tried = call.tried;
        const auto host = plan_.begin(what, dice()());
        connect_more(!host, what);
        if (!host) return in(1ms, [this, call] { begin(call); });
        const auto number = count_++;
        running_[*host].emplace(number, std::move(call));
        if (now_is_[*host] == health::good) answer_in(*host, number, random_time(call_seconds));
        if (now_is_[*host] == health::slow) answer_in(*host, number, random_time(call_seconds * slowness));
    }

    void answer_in(host_id host, std::size_t number, duration after) {
        in(after, [this, host, number] {
            const auto at = running_[host].find(number);
            if (at == running_[host].end() || now_is_[host] == health::hung) return;
            if (at->second.began >= time(change))
                took_.push_back(std::chrono::duration<double, std::milli>(now() - at->second.began).count());
            running_[host].erase(at);
            plan_.ended(host);
        });
    }

    void connect_more(bool waiting, const pool_plan::wish& what) {
        while (const auto host = plan_.connect(waiting, what, now(), dice()())) {
            waiting = false;
            if (now_is_[*host] == health::hung) {
                in(10s, [this, host = *host] { plan_.failed(host, now(), dice()()); });
                continue;
            }
            in(trip(*host), [this, host = *host] {
                if (now_is_[host] == health::dead) return plan_.failed(host, now(), dice()());
                plan_.measured(host, trip(host));
                plan_.connected(host);
                in(check_every, [this, host] { check(host); });
            });
        }
    }

    [[nodiscard]] duration trip(host_id host) const {
        return now_is_[host] == health::slow ? 10 * round_trip : round_trip;
    }

    /// The ping of each connection.
    void check(host_id host) {
        if (now_is_[host] == health::dead) return;
        if (now_is_[host] == health::hung) return in(check_every, [this, host] { silence(host); });
        plan_.measured(host, trip(host));
        in(check_every, [this, host] { check(host); });
    }

    void silence(host_id host) {
        if (plan_.takes_calls(host)) plan_.silent(host);
        repeat_calls_of(host);
    }

    void become() {
        now_is_ = later_;
        for (host_id host = 0; host < later_.size(); ++host) {
            if (later_[host] != health::dead) continue;
            while (plan_.is_up(host)) plan_.lost(host, true, now(), dice()());
            repeat_calls_of(host);
        }
    }

    void repeat_calls_of(host_id host) {
        for (auto& [number, call] : std::exchange(running_[host], {})) {
            plan_.ended(host);
            call.tried.push_back(host);
            begin(std::move(call));
        }
    }

    pool_plan plan_;
    std::vector<health> later_;
    std::vector<health> now_is_;
    std::vector<std::map<std::size_t, one_call>> running_; ///< Of each host.
    std::size_t count_ = 0;
    std::size_t begun_ = 0;
    std::vector<double> took_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(pool_tail_test)

BOOST_AUTO_TEST_CASE(one_dead_one_hung_and_one_slow_host_cost_no_more_than_half) {
    using enum health;
    tail_simulation well({good, good, good});
    tail_simulation mixed({good, dead, good, hung, good, slow});
    const auto alone = well.p99_ms();
    const auto together = mixed.p99_ms();
    BOOST_TEST_MESSAGE("p99 of good hosts alone " << alone << " ms, with the others " << together << " ms");
    BOOST_TEST(together <= 1.5 * alone);
    BOOST_TEST(mixed.unanswered() < 10U); // those on their way at the end
}

BOOST_AUTO_TEST_CASE(one_good_host_is_enough) {
    using enum health;
    tail_simulation well({good, good});
    tail_simulation mixed({good, dead, hung, slow, good});
    BOOST_TEST(mixed.p99_ms() <= 1.5 * well.p99_ms());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::detail

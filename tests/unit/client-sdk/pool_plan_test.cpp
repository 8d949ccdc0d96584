#include "pool_plan.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace tug::detail {

using namespace std::chrono_literals;

namespace {

using host_id = pool_plan::host_id;

struct fixture {
    explicit fixture(pool_plan::limits most = {}) : plan(most) {}

    void hosts(std::vector<std::string> names) { plan.set_hosts(names); }

    std::optional<host_id> connect(bool waiting = true) { return plan.connect(waiting, {}, now, dice()); }

    /// Connects to all that can be connected to.
    void connect_all() {
        while (const auto host = connect()) plan.connected(*host);
    }

    std::optional<host_id> begin(std::vector<host_id> tried = {}) {
        pool_plan::wish what;
        what.tried = tried;
        return plan.begin(what, dice());
    }

    std::mt19937_64 dice{1};
    pool_plan::time now;
    pool_plan plan;
};

pool_plan::limits one_call() {
    pool_plan::limits out;
    out.calls = 1;
    return out;
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(pool_plan_test, fixture)

BOOST_AUTO_TEST_CASE(calls_go_to_hosts_that_are_up) {
    hosts({"a", "b"});
    BOOST_TEST(!begin());
    const auto host = connect();
    BOOST_REQUIRE(host.has_value());
    BOOST_TEST(!begin());
    plan.connected(*host);
    BOOST_TEST((begin() == host));
    BOOST_TEST(plan.calls(*host) == 1U);
}

BOOST_AUTO_TEST_CASE(no_more_are_connected_to_than_are_needed) {
    hosts({"a", "b", "c", "d"});
    const auto one = connect(false);
    const auto two = connect(false);
    BOOST_TEST((one && two));
    BOOST_TEST(!connect(false));
    plan.connected(*one);
    BOOST_TEST(begin().has_value());
    BOOST_TEST(!connect(false));
    BOOST_TEST(begin().has_value()); // where one is already
    BOOST_TEST(connect(false).has_value());
    BOOST_TEST(!connect(false));
}

BOOST_AUTO_TEST_CASE(connecting_is_bounded) {
    hosts({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"});
    for (int i = 0; i < 8; ++i) BOOST_TEST(connect().has_value());
    BOOST_TEST(!connect());
}

BOOST_AUTO_TEST_CASE(a_host_has_no_more_calls_than_it_may) {
    fixture small(one_call());
    small.hosts({"a", "b"});
    small.connect_all();
    BOOST_TEST((small.begin() && small.begin()));
    BOOST_TEST(!small.begin());
    small.plan.ended(0);
    BOOST_TEST((small.begin() == host_id{0}));
}

BOOST_AUTO_TEST_CASE(the_less_loaded_of_two_is_taken) {
    hosts({"a", "b"});
    connect_all();
    for (int i = 0; i < 10; ++i) BOOST_TEST(begin().has_value());
    const auto difference = int(plan.calls(0)) - int(plan.calls(1));
    BOOST_TEST(std::abs(difference) <= 2);
}

BOOST_AUTO_TEST_CASE(a_slow_host_gets_less) {
    hosts({"fast", "slow"});
    connect_all();
    plan.measured(0, 1ms);
    plan.measured(1, 100ms);
    std::map<host_id, int> got;
    for (int i = 0; i < 40; ++i) ++got[*begin()];
    BOOST_TEST(got[0] == 40);
    plan.measured(1, 1ms); // it has to show more than once that it is fast again
    BOOST_TEST((begin() == host_id{0}));
    for (int i = 0; i < 20; ++i) plan.measured(1, 1ms);
    BOOST_TEST((begin() == host_id{1}));
}

BOOST_AUTO_TEST_CASE(a_host_that_works_for_others_gets_less) {
    hosts({"free", "busy"});
    connect_all();
    plan.loaded(1, 10);
    for (int i = 0; i < 10; ++i) BOOST_TEST((begin() == host_id{0}));
    for (int i = 0; i < 10; ++i) plan.ended(0);
    plan.loaded(0, 20);
    BOOST_TEST((begin() == host_id{1}));
}

BOOST_AUTO_TEST_CASE(a_host_gets_another_connection_where_no_other_has_room) {
    pool_plan::limits most;
    most.calls = 3;
    most.calls_of_connection = 1;
    most.least_up = 1;
    fixture p(most);
    p.hosts({"a", "b"});
    p.plan.connected(*p.connect());
    const auto first = *p.begin();
    BOOST_TEST(!p.begin());
    const auto other = p.connect(); // not another one of the first, yet
    BOOST_TEST((other && *other != first));
    p.plan.connected(*other);
    BOOST_TEST((p.begin() == other));
    BOOST_TEST(!p.connect(false));
    const auto more = p.connect();
    BOOST_REQUIRE(more.has_value());
    p.plan.connected(*more);
    BOOST_TEST(p.plan.connections(*more) == 2U);
    BOOST_TEST((p.begin() == more));
    p.connect_all();
    BOOST_TEST(p.plan.connections(0) + p.plan.connections(1) == 6U); // and no more than the calls need
    p.plan.lost(*more, true, p.now, 1);
    BOOST_TEST(p.plan.is_up(*more)); // it has others
    BOOST_TEST(!p.plan.next_retry(p.now).has_value());
}

BOOST_AUTO_TEST_CASE(a_connection_that_is_silent_takes_no_room_from_the_others) {
    pool_plan::limits most;
    most.calls = 2;
    most.calls_of_connection = 1;
    fixture p(most);
    p.hosts({"a"});
    p.connect_all();
    BOOST_TEST(p.plan.connections(0) == 2U);
    p.plan.silent(0);
    BOOST_TEST(p.begin().has_value());
    BOOST_TEST(!p.begin());
    BOOST_TEST(!p.connect()); // that host hangs, or will soon
    p.plan.silent(0);
    BOOST_TEST(p.connect().has_value()); // perhaps another process answers there
    p.plan.failed(0, p.now, 1);
    BOOST_TEST(p.plan.is_up(0));
    p.plan.answers(0);
    p.plan.ended(0);
    BOOST_TEST(p.begin().has_value()); // its pause is one of connecting
}

BOOST_AUTO_TEST_CASE(where_it_failed_it_is_tried_last) {
    hosts({"a", "b"});
    connect_all();
    for (int i = 0; i < 20; ++i) BOOST_TEST((begin({0}) == host_id{1}));
    plan.lost(1, true, now, 7);
    BOOST_TEST((begin({0}) == host_id{0}));
}

BOOST_AUTO_TEST_CASE(a_failed_host_is_left_alone_longer_each_time) {
    hosts({"a"});
    std::chrono::milliseconds longest{0};
    for (int failures = 0; failures < 12; ++failures) {
        const auto host = connect();
        BOOST_REQUIRE(host.has_value());
        plan.failed(*host, now, dice());
        const auto until = plan.next_retry(now);
        BOOST_REQUIRE(until.has_value());
        const auto pause = std::chrono::round<std::chrono::milliseconds>(*until - now);
        const auto full = std::min(100ms * (1 << failures), std::chrono::milliseconds(30'000));
        BOOST_TEST((pause >= full / 2 && pause <= full));
        longest = std::max(longest, pause);
        now = *until - 1ms;
        BOOST_TEST(!connect());
        now = *until;
    }
    BOOST_TEST((longest >= 15s));
    plan.connected(*connect());
    plan.lost(0, true, now, 1);
    BOOST_TEST((*plan.next_retry(now) - now <= 100ms)); // a success forgets them
}

BOOST_AUTO_TEST_CASE(silent_and_gone_hosts_get_no_calls) {
    hosts({"a", "b", "c", "d"});
    connect_all();
    plan.silent(0);
    plan.silent(1);
    hosts({"a", "b", "d"});
    for (int i = 0; i < 20; ++i) BOOST_TEST((begin() == host_id{3}));
    plan.answers(0);
    hosts({"a", "b"});
    for (int i = 0; i < 20; ++i) BOOST_TEST((begin() == host_id{0}));
    hosts({"b"});
    BOOST_TEST(!plan.home_of("job", now).has_value());
    plan.lost(1, false, now, 1); // the next connection is another one
    BOOST_TEST((plan.home_of("job", now + 100ms) == host_id{1}));
}

BOOST_AUTO_TEST_CASE(places_of_gone_hosts_are_used_again) {
    for (int i = 0; i < 100; ++i) hosts({"a", "host" + std::to_string(i)});
    BOOST_TEST(plan.size() == 2U);
    connect_all();
    hosts({"a"});
    hosts({"a", "new"}); // the other one is still connected
    BOOST_TEST(plan.size() == 3U);
    BOOST_TEST(plan.name(2) == "new");
}

BOOST_AUTO_TEST_CASE(a_job_has_one_home) {
    std::vector<std::string> names;
    for (int i = 0; i < 10; ++i) names.push_back("host" + std::to_string(i));
    hosts(names);
    connect_all();
    fixture other;
    std::ranges::reverse(names);
    other.hosts(names);
    std::map<std::string, int> homes;
    for (int i = 0; i < 200; ++i) {
        const auto job = "job" + std::to_string(i);
        const auto home = plan.home_of(job, now);
        BOOST_TEST(plan.name(*home) == other.plan.name(*other.plan.home_of(job, now)));
        ++homes[plan.name(*home)];
    }
    BOOST_TEST(homes.size() == 10U);
    const auto before = *plan.home_of("job1", now);
    plan.lost(before, true, now, 1);
    BOOST_TEST((*plan.home_of("job1", now) != before));
    BOOST_TEST((*plan.home_of("job1", now + 100ms) == before)); // the pause is over
    pool_plan::wish only;
    only.only = before;
    BOOST_TEST(!plan.begin(only, 1)); // it waits for that one
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::detail

#include "auth/login_limiter.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <string>

namespace {

using namespace std::chrono_literals;
using tug::service::failed_logins;
using tug::service::login_limiter;

struct limiter {
    login_limiter it{failed_logins{}};
    login_limiter::time now{1h};

    /// The penalty of the last of so many failures, in ms.
    long long fail(int times = 1, const std::string& source = "a") {
        login_limiter::duration penalty{};
        for (int i = 0; i < times; ++i) penalty = it.failed(source, now);
        return penalty.count();
    }

    [[nodiscard]] long long wait(const std::string& source = "a") const { return it.wait(source, now).count(); }

    /// To the end of the penalty that there is.
    void serve_it(const std::string& source = "a") { now += it.wait(source, now); }
};

BOOST_FIXTURE_TEST_SUITE(login_limiter_test, limiter)

BOOST_AUTO_TEST_CASE(five_failures) {
    BOOST_TEST(wait() == 0);
    BOOST_TEST(fail(4) == 0);
    BOOST_TEST(wait() == 0);
    BOOST_TEST(fail() == 1000);
    BOOST_TEST(wait() == 1000);
    BOOST_TEST(wait("b") == 0);
    now += 999ms;
    BOOST_TEST(wait() == 1);
    now += 1ms;
    BOOST_TEST(wait() == 0);
}

BOOST_AUTO_TEST_CASE(it_doubles_up_to_a_limit) {
    fail(5);
    for (const int seconds : {2, 4, 8, 16, 32, 64, 128, 256, 300, 300}) {
        serve_it();
        BOOST_TEST(fail() == seconds * 1000);
    }
}

/// Logins that were under way when the penalty began are no further offence.
BOOST_AUTO_TEST_CASE(failures_during_a_penalty) {
    fail(5);
    BOOST_TEST(fail(30) == 0);
    BOOST_TEST(wait() == 1000);
    serve_it();
    BOOST_TEST(fail() == 2000);
}

BOOST_AUTO_TEST_CASE(a_good_login_clears_it) {
    fail(4);
    it.succeeded("a");
    BOOST_TEST(fail(4) == 0);
    fail();
    serve_it();
    it.succeeded("a");
    BOOST_TEST(it.remembered() == 0U);
    BOOST_TEST(fail(4) == 0);
    BOOST_TEST(fail() == 1000);
    it.succeeded("nobody");
}

BOOST_AUTO_TEST_CASE(it_is_forgotten) {
    fail(5);
    now += 599s;
    BOOST_TEST(fail() == 2000);
    now += 600s;
    BOOST_TEST(fail(4) == 0);
    BOOST_TEST(fail() == 1000);
}

BOOST_AUTO_TEST_CASE(who_is_exempt) {
    BOOST_TEST(fail(100, "") == 0);
    BOOST_TEST(wait("") == 0);
    BOOST_TEST(it.remembered() == 0U);
}

BOOST_AUTO_TEST_CASE(other_numbers) {
    login_limiter strict({.most = 1, .first = 50ms, .last = 70ms});
    BOOST_TEST(strict.failed("a", now).count() == 50);
    BOOST_TEST(strict.failed("a", now + 50ms).count() == 70);
}

struct small : limiter {
    login_limiter table{failed_logins{.sources = 3}};

    long long fail(int times, const std::string& source) {
        login_limiter::duration penalty{};
        for (int i = 0; i < times; ++i) penalty = table.failed(source, now);
        now += 1ms;
        return penalty.count();
    }

    [[nodiscard]] bool refused(const std::string& source) const { return table.wait(source, now).count() > 0; }
};

/// Many sources with a failure each do not push out one that is under a penalty.
BOOST_FIXTURE_TEST_CASE(a_full_table, small) {
    fail(5, "offender");
    for (int i = 0; i < 1000; ++i) {
        fail(1, "other" + std::to_string(i));
        BOOST_TEST(table.remembered() <= 3U);
    }
    BOOST_TEST(table.remembered() == 3U);
    now -= 1000ms; // of the 1001 that have passed
    BOOST_TEST(refused("offender"));
}

/// Of those that failed as often, the one that failed last stays.
BOOST_FIXTURE_TEST_CASE(the_oldest_of_equals_goes, small) {
    fail(4, "a");
    fail(4, "b");
    fail(4, "c");
    fail(1, "d"); // in the place of a, and the least from now on
    fail(1, "e"); // in the place of d
    BOOST_TEST(fail(1, "b") == 1000);
    BOOST_TEST(fail(1, "c") == 1000);
    BOOST_TEST(fail(1, "a") == 0);
}

/// A source is refused for its own failures alone, however full the table is.
BOOST_FIXTURE_TEST_CASE(nobody_is_locked_out_by_others, small) {
    for (const auto* source : {"a", "b", "c"}) fail(5, source);
    BOOST_TEST(!refused("honest"));
    BOOST_TEST(fail(4, "honest") == 0);
    BOOST_TEST(!refused("honest"));
}

BOOST_FIXTURE_TEST_CASE(what_is_old_makes_room_first, small) {
    fail(5, "old");
    now += 400s;
    fail(4, "b");
    fail(1, "c");
    now += 201s;
    fail(1, "d");
    BOOST_TEST(fail(1, "b") == 1000);
    BOOST_TEST(table.remembered() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

#include "server/memory_probe.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>

namespace {

using tug::service::memory_probe;

BOOST_AUTO_TEST_SUITE(memory_probe_test)

/// In a process of its own, whose limit is not that of the others.
template <class Body>
bool holds_in_child(Body body) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(body() ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void set_soft_limit(rlim_t bytes) {
    rlimit limit{};
    ::getrlimit(RLIMIT_DATA, &limit);
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_DATA, &limit);
}

memory_probe::clock::time_point after(int seconds) {
    return memory_probe::clock::now() + std::chrono::seconds(seconds);
}

BOOST_AUTO_TEST_CASE(it_sees_that_memory_is_short_and_that_it_is_there_again) {
    const auto body = [] {
        memory_probe probe;
        if (probe.is_short()) return false;
        set_soft_limit(1);
        if (!probe.look() || !probe.is_short()) return false;
        set_soft_limit(RLIM_INFINITY);
        return !probe.look() && !probe.is_short();
    };
    BOOST_TEST(holds_in_child(body));
}

/// The clock finds the limit, and from then on each call looks for itself.
BOOST_AUTO_TEST_CASE(a_call_looks_where_there_is_a_limit) {
    const auto body = [] {
        constexpr rlim_t wide = rlim_t{1} << 62; // also for a process with the shadow memory of ASan
        memory_probe probe;
        set_soft_limit(wide);
        probe.tick(after(1));
        if (probe.look_where_limited()) return false;
        set_soft_limit(1);
        if (!probe.look_where_limited()) return false;
        set_soft_limit(wide);
        return !probe.look_where_limited();
    };
    BOOST_TEST(holds_in_child(body));
}

BOOST_AUTO_TEST_CASE(the_clock_tells_calls_where_there_was_none) {
    const auto body = [] {
        memory_probe probe;
        set_soft_limit(1);
        probe.tick(after(1));
        if (!probe.look_where_limited()) return false;
        set_soft_limit(RLIM_INFINITY);
        probe.tick(after(2));
        return !probe.look_where_limited();
    };
    BOOST_TEST(holds_in_child(body));
}

/// Every thread that serves has a clock.
BOOST_AUTO_TEST_CASE(one_clock_of_several_looks) {
    const auto body = [] {
        memory_probe probe;
        const auto now = after(1);
        probe.tick(now);
        set_soft_limit(1);
        probe.tick(now + std::chrono::milliseconds(1));
        if (probe.is_short()) return false;
        probe.tick(now + std::chrono::milliseconds(250)); // the same thread again
        return probe.is_short();
    };
    BOOST_TEST(holds_in_child(body));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

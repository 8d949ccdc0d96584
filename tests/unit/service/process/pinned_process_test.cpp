#include "process_support.hpp"

#include "process/pinned_process.hpp"

#include <csignal>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {
    running child = start(request({"sleep", "1000"}));
    proc_stat stat = stat_of(child.process.pid());

    static proc_stat stat_of(pid_t pid) {
        proc_stat out;
        BOOST_REQUIRE(read_proc_stat(pid, out) == 0);
        return out;
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(pinned_process_test, fixture)

BOOST_AUTO_TEST_CASE(signals_go_to_the_process_that_was_found) {
    const pinned_process it(stat);
    BOOST_TEST(static_cast<bool>(it));
    BOOST_TEST(it.descriptor() >= 0);
    BOOST_TEST(it.signal(SIGKILL) == 0);
    BOOST_TEST(child.await_end().si_status == SIGKILL);
}

BOOST_AUTO_TEST_CASE(a_later_process_of_that_number_is_another) {
    auto earlier = stat;
    --earlier.start_time;
    const pinned_process it(earlier);
    BOOST_TEST(!it);
    BOOST_TEST(it.signal(SIGKILL) == ESRCH);
    BOOST_TEST(is_running(child.process.pid()));
}

BOOST_AUTO_TEST_CASE(a_process_that_is_gone) {
    const pinned_process it(stat);
    child.process.kill_and_reap();
    BOOST_TEST(it.signal(SIGKILL) == ESRCH);
    BOOST_TEST(!pinned_process(stat));
}

BOOST_AUTO_TEST_SUITE_END()

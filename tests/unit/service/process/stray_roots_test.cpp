#include "process/stray_roots.hpp"

#include "process_support.hpp"

#include <csignal>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {};

} // namespace

BOOST_FIXTURE_TEST_SUITE(stray_roots_test, fixture)

BOOST_AUTO_TEST_CASE(a_root_keeps_its_place_until_it_is_reaped) {
    stray_roots strays;
    auto process = spawn(request({"sleep", "1000"}));
    BOOST_REQUIRE(process.has_value());
    const pid_t pid = process->pid();
    auto place = std::make_shared<int>();
    const std::weak_ptr<int> taken = place;
    strays.add(std::move(*process), std::move(place));
    strays.reap();
    BOOST_TEST(is_running(pid));
    BOOST_TEST(!taken.expired());
    ::kill(pid, SIGKILL);
    siginfo_t info{};
    BOOST_REQUIRE(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) == 0);
    strays.reap();
    BOOST_TEST(taken.expired());
    BOOST_TEST(::kill(pid, 0) == -1);
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_one_that_does_not_end) {
    pid_t pid = 0;
    {
        stray_roots strays;
        auto process = spawn(request({"sleep", "1000"}));
        BOOST_REQUIRE(process.has_value());
        pid = process->pid();
        strays.add(std::move(*process), nullptr);
    }
    BOOST_TEST(is_running(pid));
    ::kill(pid, SIGKILL);
    BOOST_TEST(::waitpid(pid, nullptr, 0) == pid);
}

BOOST_AUTO_TEST_SUITE_END()

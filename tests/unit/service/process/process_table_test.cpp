#include "process/process_table.hpp"

#include "process_support.hpp"

#include <unistd.h>

#include <algorithm>
#include <future>
#include <thread>
#include <vector>

namespace {

using namespace tug::service;
using namespace tug::test;

const process_table::entry* find(const process_table& table, pid_t pid) {
    const auto at = std::ranges::find_if(table.processes, [pid](const auto& e) { return e.stat.pid == pid; });
    return at == table.processes.end() ? nullptr : &*at;
}

BOOST_FIXTURE_TEST_SUITE(process_table_test, processes)

BOOST_AUTO_TEST_CASE(a_process_and_its_tag) {
    const auto child = start(request({"sleep", "1000"}));
    const auto table = all_processes();
    BOOST_TEST_REQUIRE(table != nullptr);
    const auto* found = find(*table, child.process.pid());
    BOOST_TEST_REQUIRE(found != nullptr);
    BOOST_TEST(found->stat.alive());
    BOOST_TEST(found->tag == child.process.tag());
    BOOST_TEST(find(*table, ::getpid()) == nullptr);
}

BOOST_AUTO_TEST_CASE(an_orphan_is_adopted_and_a_root_is_not) {
    const auto root = shell("(sh -c 'echo $$; exec sleep 1000' &)");
    const auto orphan = static_cast<pid_t>(std::stol(read_line(root.out.get())));
    root.await_end();
    const auto table = adopted_processes();
    BOOST_TEST_REQUIRE(table != nullptr);
    BOOST_TEST(find(*table, orphan) != nullptr);
    BOOST_TEST(find(*table, root.process.pid()) == nullptr);
}

/// A look that another thread has begun may have passed by what was started meanwhile: it does not do.
BOOST_AUTO_TEST_CASE(no_look_is_older_than_the_question) {
    constexpr int threads = 8;
    constexpr int rounds = 20;
    const auto ask = [] {
        int missed = 0;
        for (int n = 0; n < rounds; ++n) {
            const pid_t child = ::fork();
            if (child == 0) {
                ::pause();
                ::_exit(0);
            }
            const auto table = all_processes();
            missed += table == nullptr || find(*table, child) == nullptr ? 1 : 0;
            ::kill(child, SIGKILL);
            ::waitpid(child, nullptr, 0);
        }
        return missed;
    };
    std::vector<std::future<int>> asked;
    for (int n = 0; n < threads; ++n) asked.push_back(std::async(std::launch::async, ask));
    for (auto& a : asked) BOOST_TEST(a.get() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

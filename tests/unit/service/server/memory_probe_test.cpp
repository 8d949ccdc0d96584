#include "server/memory_probe.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using tug::service::memory_probe;

BOOST_AUTO_TEST_SUITE(memory_probe_test)

/// In a process of its own, whose limit is not that of the others.
BOOST_AUTO_TEST_CASE(it_sees_that_memory_is_short_and_that_it_is_there_again) {
    const pid_t child = ::fork();
    if (child == 0) {
        rlimit before{};
        ::getrlimit(RLIMIT_DATA, &before);
        memory_probe probe;
        const bool at_first = probe.is_short();
        const rlimit none{1, before.rlim_max};
        ::setrlimit(RLIMIT_DATA, &none);
        const bool without = probe.look() && probe.is_short();
        ::setrlimit(RLIMIT_DATA, &before);
        const bool again = !probe.look() && !probe.is_short();
        ::_exit(!at_first && without && again ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_TEST(WIFEXITED(status));
    BOOST_TEST(WEXITSTATUS(status) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

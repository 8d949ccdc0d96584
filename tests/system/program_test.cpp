// What the other tests take for granted of the programs that they start.

#include "support/program.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace tug::test {

BOOST_AUTO_TEST_SUITE(program_of_a_test)

BOOST_AUTO_TEST_CASE(one_that_has_ended_takes_no_more_and_does_not_end_the_test) {
    program p({"/bin/true"});
    BOOST_TEST(p.wait() == 0);
    BOOST_TEST(!p.write("text"));
    BOOST_TEST(!p.write("more"));
}

BOOST_AUTO_TEST_CASE(one_has_the_signals_of_a_shell) {
    const auto r = run({"/bin/sh", "-c", "kill -PIPE $$"});
    BOOST_TEST(r.exit_code == 128 + SIGPIPE);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

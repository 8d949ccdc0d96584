#include "process/signal_names.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

BOOST_AUTO_TEST_SUITE(signal_names_test)

using namespace tug::service;

BOOST_AUTO_TEST_CASE(known_names) {
    BOOST_TEST(signal_name(SIGKILL) == "KILL");
    BOOST_TEST(signal_name(SIGTERM) == "TERM");
    BOOST_TEST(signal_number("INT").value() == SIGINT);
    BOOST_TEST(signal_number("USR1").value() == SIGUSR1);
    BOOST_TEST(signal_number("IO").value() == SIGIO);
    BOOST_TEST(signal_number("POLL").value() == SIGIO);
    BOOST_TEST(signal_number("RTMIN").value() == SIGRTMIN);
    BOOST_TEST(signal_number("RTMIN+3").value() == SIGRTMIN + 3);
    BOOST_TEST(signal_number("RTMAX-14").value() == SIGRTMAX - 14);
    BOOST_TEST(signal_number("RTMAX").value() == SIGRTMAX);
    BOOST_TEST(signal_name(SIGRTMIN + 15) == "RTMIN+15");
    BOOST_TEST(signal_name(SIGRTMIN + 16) == "RTMAX-14");
    BOOST_TEST(signal_name(1000) == "1000");
}

BOOST_AUTO_TEST_CASE(every_signal_that_can_be_sent_has_a_name_that_leads_back) {
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        if (signal > SIGSYS && signal < SIGRTMIN) continue; // libc's own
        BOOST_TEST(signal_number(signal_name(signal)).value_or(0) == signal, signal);
    }
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
    for (const char* bad :
         {"", "SIGINT", "int", "Int", "9", "0", "EXIT", "INT ", "RTMIN+", "RTMIN+0", "RTMIN+31", "RTMIN-1", "RTMIN+-1",
          "RTMIN+ 1", "RTMIN+99999999999", "RTMAX+1", "RTMAX-0", "RTMAX-31", "RTMAX-1x"})
        BOOST_TEST(!signal_number(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

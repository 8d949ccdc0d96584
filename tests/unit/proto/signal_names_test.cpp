#include <tug/proto/signal_names.hpp>

#include <boost/test/unit_test.hpp>

#include <csignal>
#include <sstream>
#include <string>
#include <utility>

BOOST_AUTO_TEST_SUITE(signal_names_test)

using namespace tug::proto;

/// `kill -l` of bash: number and name, in turn.
const char* const kill_l =
    "1 HUP 2 INT 3 QUIT 4 ILL 5 TRAP 6 ABRT 7 BUS 8 FPE 9 KILL 10 USR1 11 SEGV 12 USR2 13 PIPE 14 ALRM 15 TERM "
    "16 STKFLT 17 CHLD 18 CONT 19 STOP 20 TSTP 21 TTIN 22 TTOU 23 URG 24 XCPU 25 XFSZ 26 VTALRM 27 PROF 28 WINCH 29 IO "
    "30 PWR 31 SYS 34 RTMIN 35 RTMIN+1 36 RTMIN+2 37 RTMIN+3 38 RTMIN+4 39 RTMIN+5 40 RTMIN+6 41 RTMIN+7 42 RTMIN+8 "
    "43 RTMIN+9 44 RTMIN+10 45 RTMIN+11 46 RTMIN+12 47 RTMIN+13 48 RTMIN+14 49 RTMIN+15 50 RTMAX-14 51 RTMAX-13 "
    "52 RTMAX-12 53 RTMAX-11 54 RTMAX-10 55 RTMAX-9 56 RTMAX-8 57 RTMAX-7 58 RTMAX-6 59 RTMAX-5 60 RTMAX-4 61 RTMAX-3 "
    "62 RTMAX-2 63 RTMAX-1 64 RTMAX";

BOOST_AUTO_TEST_CASE(those_of_bash) {
    std::istringstream list(kill_l);
    std::string name;
    for (int number = 0; list >> number >> name;) {
        BOOST_TEST(signal_name(number) == name);
        BOOST_TEST(signal_number(name).value_or(0) == number, name);
    }
    BOOST_TEST(name == "RTMAX"); // it was read to its end
}

BOOST_AUTO_TEST_CASE(numbers_are_those_of_this_system) {
    const std::pair<const char*, int> known[] = {{"KILL", SIGKILL}, {"USR1", SIGUSR1},   {"CHLD", SIGCHLD},
                                                 {"STOP", SIGSTOP}, {"IO", SIGIO},       {"SYS", SIGSYS},
                                                 {"PWR", SIGPWR},   {"RTMIN", SIGRTMIN}, {"RTMAX", SIGRTMAX}};
    for (const auto& [name, number] : known) BOOST_TEST(signal_number(name).value_or(0) == number, name);
}

BOOST_AUTO_TEST_CASE(synonyms_are_understood) {
    BOOST_TEST(signal_number("POLL").value_or(0) == SIGIO);
    BOOST_TEST(signal_number("CLD").value_or(0) == SIGCHLD);
    BOOST_TEST(signal_number("IOT").value_or(0) == SIGABRT);
    BOOST_TEST(signal_number("UNUSED").value_or(0) == SIGSYS);
    BOOST_TEST(signal_number("RTMIN+30").value_or(0) == SIGRTMAX);
}

BOOST_AUTO_TEST_CASE(others_are_numbers) {
    for (const int number : {-1, 0, 65, 1000}) BOOST_TEST(signal_name(number) == std::to_string(number));
}

BOOST_AUTO_TEST_CASE(every_signal_that_can_be_sent_has_a_name_that_leads_back) {
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
        BOOST_TEST(signal_number(signal_name(signal)).value_or(0) == signal, signal);
    }
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
    for (const char* bad : {"",
                            "SIGINT",
                            "int",
                            "Int",
                            "9",
                            "29",
                            "0",
                            "34",
                            "EXIT",
                            "INT ",
                            "RTMIN+",
                            "RTMIN+0",
                            "RTMIN+31",
                            "RTMIN-1",
                            "RTMIN+-1",
                            "RTMIN+ 1",
                            "RTMIN+99999999999",
                            "RTMAX+1",
                            "RTMAX-0",
                            "RTMAX-31",
                            "RTMAX-1x"})
        BOOST_TEST(!signal_number(bad).has_value(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

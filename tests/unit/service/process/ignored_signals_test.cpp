#include "process/ignored_signals.hpp"

#include <boost/test/unit_test.hpp>

#include <csignal>

namespace tug::test {

namespace {

using service::ignored_signals;
using service::signal_bits;

constexpr signal_bits bit(int signal) {
    return signal_bits{1} << (signal - 1);
}

/// SIGUSR2 is ignored while it lives.
class ignored_usr2 {
public:
    ignored_usr2() : before_(std::signal(SIGUSR2, SIG_IGN)) {}

    ignored_usr2(const ignored_usr2&) = delete;
    ignored_usr2& operator=(const ignored_usr2&) = delete;

    ~ignored_usr2() { std::signal(SIGUSR2, before_); }

private:
    void (*before_)(int);
};

} // namespace

BOOST_AUTO_TEST_SUITE(ignored_signals_test)

BOOST_AUTO_TEST_CASE(it_is_asked_again_once_it_is_old) {
    const auto begun = ignored_signals::clock::now();
    ignored_signals ignored;
    BOOST_TEST((ignored.at(begun) & bit(SIGUSR2)) == 0U);
    const ignored_usr2 now;
    constexpr auto moment = std::chrono::nanoseconds(1);
    BOOST_TEST((ignored.at(begun + ignored_signals::most_age) & bit(SIGUSR2)) == 0U);
    BOOST_TEST((ignored.at(begun + ignored_signals::most_age + moment) & bit(SIGUSR2)) != 0U);
}

BOOST_AUTO_TEST_CASE(a_handler_is_not_ignored) {
    struct sigaction handler{};
    struct sigaction before{};
    handler.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &handler, &before);
    ignored_signals ignored;
    BOOST_TEST((ignored.at(ignored_signals::clock::now()) & bit(SIGUSR1)) == 0U);
    ::sigaction(SIGUSR1, &before, nullptr);
}

BOOST_AUTO_TEST_CASE(all_are_those_that_can_be_changed) {
    for (int signal = 1; signal <= 64; ++signal)
        BOOST_TEST(((service::all_signals() & bit(signal)) != 0U) == (signal != SIGKILL && signal != SIGSTOP), signal);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

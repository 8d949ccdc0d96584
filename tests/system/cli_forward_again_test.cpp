// `tug forward` whose connection to the host is lost: it says so, listens on, and comes back.

#include "support/forwarding_tests.hpp"

#include <csignal>
#include <memory>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

/// A tugd that is killed and started again where it was.
struct tugd_that_returns {
    temp_dir root;
    plain_listener target;
    std::string socket = root / "tugd";
    std::unique_ptr<tugd_process> daemon = made();

    [[nodiscard]] std::unique_ptr<tugd_process> made() const {
        return std::make_unique<tugd_process>(
            std::vector<std::string>{"--no-auth", "--listen", "unix:" + socket, "--root", root.path().string(),
                                     "--allow-connect", "127.0.0.1:*", "--allow-listen", "127.0.0.1:*"});
    }

    void kill() {
        daemon->it().signal(SIGKILL);
        daemon->it().wait();
    }

    [[nodiscard]] program start(const std::vector<std::string>& flags) const {
        std::vector<std::string> argv{"tug", "forward", "unix:" + socket};
        argv.insert(argv.end(), flags.begin(), flags.end());
        return program(std::move(argv));
    }

    [[nodiscard]] std::string to_target() const { return "127.0.0.1:" + std::to_string(target.port()); }
};

BOOST_FIXTURE_TEST_SUITE(cli_forward_again_test, tugd_that_returns)

BOOST_AUTO_TEST_CASE(it_comes_back) {
    auto tug = start({"-L", "127.0.0.1:0:" + to_target(), "-R", "0:" + to_target()});
    const auto here = port_in(tug.read_line());
    const auto there = port_in(tug.read_line());
    const auto near = plain_socket::to_port(here);
    const auto far = target.accept();
    near.send("x");
    BOOST_TEST(far.receive(1) == "x");
    kill();
    BOOST_TEST(near.ended());
    tug.await_err("the connection is lost");
    const auto waiting = plain_socket::to_port(here); // what comes meanwhile
    daemon = made();
    tug.await_err("connected again");
    check_tunnel(waiting, target);
    check_tunnel(plain_socket::to_port(here), target);
    check_tunnel(plain_socket::to_port(there), target); // the port is the one that was told
    tug.signal(SIGTERM);
    BOOST_TEST(tug.wait() == 128 + SIGTERM);
    BOOST_TEST(tug.out().empty() == false);
}

BOOST_AUTO_TEST_CASE(it_ends_where_it_is_told_to) {
    auto tug = start({"--no-reconnect", "-L", "127.0.0.1:0:" + to_target()});
    const auto near = plain_socket::to_port(port_in(tug.read_line()));
    const auto far = target.accept();
    kill();
    BOOST_TEST(near.ended());
    BOOST_TEST(tug.wait() == 1);
    BOOST_TEST(contains(tug.err(), "connection_lost"));
}

BOOST_AUTO_TEST_CASE(it_can_be_ended_meanwhile) {
    auto tug = start({"-L", "127.0.0.1:0:" + to_target()});
    (void)tug.read_line();
    kill();
    tug.await_err("the connection is lost");
    tug.signal(SIGINT);
    BOOST_TEST(tug.wait() == 128 + SIGINT);
}

BOOST_AUTO_TEST_CASE(what_no_time_mends_ends_it) {
    auto tug = start({"-R", "0:" + to_target()});
    (void)tug.read_line();
    kill();
    daemon = std::make_unique<tugd_process>(
        std::vector<std::string>{"--no-auth", "--listen", "unix:" + socket, "--root", root.path().string()});
    BOOST_TEST(tug.wait() == 1);
    BOOST_TEST(contains(tug.err(), "permission_denied"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

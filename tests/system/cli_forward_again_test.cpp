// `tug forward` whose connection to the host is lost: it says so, listens on, and comes back.

#include "support/forwarding_tests.hpp"

#include <csignal>
#include <memory>
#include <string>
#include <utility>
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
        return std::make_unique<tugd_process>(std::vector<std::string>{
            "--no-auth", "--threads", "1", "--listen", "unix:" + socket, "--root", root.path().string(),
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

/// Told to end, tugd keeps what is open for its grace. New connections are those of the next one, and none of them is
/// lost in between.
BOOST_AUTO_TEST_CASE(a_tugd_that_is_ending_hands_over) {
    auto tug = start({"-L", "127.0.0.1:0:" + to_target(), "-R", "0:" + to_target()});
    const auto here = port_in(tug.read_line());
    const auto there = port_in(tug.read_line());
    const auto near = plain_socket::to_port(here);
    const auto far = target.accept();
    near.send("x");
    BOOST_TEST(far.receive(1) == "x");
    daemon->it().signal(SIGTERM);
    tug.await_err("tugd is ending there");
    const auto waiting = plain_socket::to_port(here);
    auto before = std::exchange(daemon, nullptr);
    daemon = made();
    tug.await_err("connected again");
    check_tunnel(waiting, target);
    check_tunnel(plain_socket::to_port(there), target);
    check_tunnel(near, far); // of the one that is ending
    BOOST_TEST(before->it().wait() == 0);
    check_tunnel(plain_socket::to_port(here), target);
    BOOST_TEST(!contains(tug.err(), "lost"));
}

/// Without -R it learns of it by the first connection that is refused, which waits like all that come later.
BOOST_AUTO_TEST_CASE(the_connection_that_is_refused_waits) {
    auto tug = start({"-L", "127.0.0.1:0:" + to_target()});
    auto other = start({"-R", "0:" + to_target()});
    const auto here = port_in(tug.read_line());
    (void)other.read_line();
    const auto near = plain_socket::to_port(here);
    const auto far = target.accept();
    daemon->it().signal(SIGTERM);
    other.await_err("tugd is ending there"); // and knows it of all connections
    const auto refused = plain_socket::to_port(here);
    tug.await_err("tugd is ending there");
    auto before = std::exchange(daemon, nullptr);
    daemon = made();
    check_tunnel(refused, target);
    check_tunnel(near, far);
}

BOOST_AUTO_TEST_CASE(where_it_does_not_come_back_it_says_what_is_refused) {
    auto tug = start({"--no-reconnect", "-L", "127.0.0.1:0:" + to_target(), "-R", "0:" + to_target()});
    const auto here = port_in(tug.read_line());
    (void)tug.read_line();
    const auto near = plain_socket::to_port(here);
    const auto far = target.accept();
    daemon->it().signal(SIGTERM);
    tug.await_err("shutting_down"); // what listened there
    const auto refused = plain_socket::to_port(here);
    BOOST_TEST(refused.ended());
    tug.await_err("shutting_down: " + to_target());
    check_tunnel(near, far);
    BOOST_TEST(tug.wait() == 1);
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

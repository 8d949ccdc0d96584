// `tug forward` over a real tugd: every kind of forwarding, and what goes wrong.

#include "support/build_paths.hpp"
#include "support/forwarding_tests.hpp"
#include "support/low_ports.hpp"

#include <csignal>
#include <cstddef>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include <sys/stat.h>

using namespace tug::test;
using namespace std::string_literals;

namespace {

BOOST_FIXTURE_TEST_SUITE(cli_forward_test, forwarding_tugd)

BOOST_AUTO_TEST_CASE(from_here_to_there) {
    auto tug = start({"-L", "127.0.0.1:0:" + to_target()});
    const auto line = tug.read_line();
    BOOST_TEST(line.starts_with("local 127.0.0.1:"));
    BOOST_TEST(line.ends_with(" -> " + to_target()));
    for (int i = 0; i < 3; ++i) {
        const auto near = plain_socket::to_port(port_in(line));
        check_tunnel(near, target);
    }
    tug.signal(SIGTERM);
    BOOST_TEST(tug.wait() == 128 + SIGTERM);
}

BOOST_AUTO_TEST_CASE(from_there_to_here) {
    auto tug = start({"-R", "0:" + to_target()});
    const auto line = tug.read_line();
    BOOST_TEST(line.starts_with("remote 127.0.0.1:"));
    const auto near = plain_socket::to_port(port_in(line));
    check_tunnel(near, target);
}

/// Without an address it is at those of localhost that may be had, as `-L` is; none of them is the error of the first.
BOOST_AUTO_TEST_CASE(no_address_there_is_localhost) {
    const auto tugd_with = [&](std::vector<std::string> rules) {
        rules.insert(rules.begin(), {"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string()});
        return tugd_process(rules);
    };
    const auto both = tugd_with({"--allow-listen", "127.0.0.1:*", "--allow-listen", "[::1]:*"});
    program tug({"tug", "forward", both.address(), "-R", "0:" + to_target()});
    const auto port = port_in(tug.read_line());
    BOOST_TEST(tug.read_line() == "remote [::1]:" + std::to_string(port) + " -> " + to_target());
    check_tunnel(plain_socket::to_port(port), target);
    check_tunnel(plain_socket::to_port_of_ipv6(port), target);
    // Another program has the port, of one and of both.
    const plain_listener taken;
    const auto at = std::to_string(taken.port());
    program half({"tug", "forward", both.address(), "-R", at + ":" + to_target()});
    BOOST_TEST(half.read_line() == "remote [::1]:" + at + " -> " + to_target());
    check_tunnel(plain_socket::to_port_of_ipv6(taken.port()), target);
    check_failed(run({"tug", "forward", both.address(), "-R", at + ":" + to_target()}), 1, "already_exists");
    const auto six = tugd_with({"--allow-listen", "[::1]:*"});
    program only({"tug", "forward", six.address(), "-R", "0:" + to_target()});
    BOOST_TEST(only.read_line().starts_with("remote [::1]:"));
    const auto none = tugd_with({"--allow-listen", "10.0.0.1:*"});
    const auto refused = run({"tug", "forward", none.address(), "-R", "0:" + to_target()});
    check_failed(refused, 1, "permission_denied");
    BOOST_TEST(refused.err.find("127.0.0.1") != std::string::npos);
}

/// At one port, as `-L` does.
BOOST_AUTO_TEST_CASE(every_address_there_is_of_both_families) {
    const tugd_process open({"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string(), "--allow-listen",
                             "0.0.0.0:*", "--allow-listen", "[::]:*"});
    for (const std::string bind : {"*", ""}) {
        program tug({"tug", "forward", open.address(), "-R", bind + ":0:" + to_target()});
        const auto six = tug.read_line();
        BOOST_TEST(six.starts_with("remote [::]:"));
        const auto port = port_in(six);
        BOOST_TEST(tug.read_line() == "remote 0.0.0.0:" + std::to_string(port) + " -> " + to_target());
        check_tunnel(plain_socket::to_port(port), target);
        check_tunnel(plain_socket::to_port_of_ipv6(port), target);
    }
    // The rule of one family lets nothing of the other in.
    const tugd_process half(
        {"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string(), "--allow-listen", "[::]:*"});
    program tug({"tug", "forward", half.address(), "-R", "[::]:0:" + to_target()});
    const auto port = port_in(tug.read_line());
    check_tunnel(plain_socket::to_port_of_ipv6(port), target);
    BOOST_TEST(!plain_socket::can_reach(port));
    const auto both = run({"tug", "forward", half.address(), "-R", "*:0:" + to_target()});
    check_failed(both, 1, "permission_denied");
}

BOOST_AUTO_TEST_CASE(several_and_sockets) {
    const temp_dir here;
    auto tug = start({"-L", here / "in.sock" + ":" + to_target(), "-R", "/there.sock:" + to_target(), "-L",
                      "127.0.0.1:0:/there.sock"});
    BOOST_TEST(tug.read_line() == "local " + (here / "in.sock") + " -> " + to_target());
    const auto to_there = port_in(tug.read_line());
    BOOST_TEST(tug.read_line() == "remote unix:/there.sock -> " + to_target());
    struct stat made{};
    BOOST_REQUIRE(::stat((here / "in.sock").c_str(), &made) == 0);
    BOOST_TEST((made.st_mode & 0777U) == 0600U);
    check_tunnel(plain_socket::to_path(here / "in.sock"), target);
    check_tunnel(plain_socket::to_path(root / "there.sock"), target);
    check_tunnel(plain_socket::to_port(to_there), target); // there, and back by the other
    tug.signal(SIGINT);
    BOOST_TEST(tug.wait() == 128 + SIGINT);
    BOOST_TEST(!std::filesystem::exists(here / "in.sock"));
}

BOOST_AUTO_TEST_CASE(ipv6_in_brackets) {
    auto tug = start({"-L", "[::1]:0:" + to_target()});
    const auto line = tug.read_line();
    BOOST_TEST(line.starts_with("local [::1]:"));
    check_tunnel(plain_socket::to_port_of_ipv6(port_in(line)), target);
}

BOOST_AUTO_TEST_CASE(json_tells_the_places) {
    auto tug = start({"--json", "-L", "127.0.0.1:0:" + to_target()});
    const auto told = boost::json::parse(tug.read_line()).as_object();
    BOOST_TEST(told.at("side").as_string() == "local");
    BOOST_TEST(told.at("listening").as_string().starts_with("127.0.0.1:"));
    BOOST_TEST(told.at("target").as_string() == to_target());
}

BOOST_AUTO_TEST_CASE(the_standard_streams) {
    auto tug = start({"-W", to_target()});
    const auto far = target.accept();
    tug.write("hello");
    BOOST_TEST(far.receive(5) == "hello");
    tug.close_stdin();
    BOOST_TEST(far.ended());
    far.send("world");
    far.shutdown_send();
    BOOST_TEST(tug.wait() == 0);
    BOOST_TEST(tug.out() == "world");
    check_failed(run_with({"-W", "127.0.0.1:1"}), 1, "connect_failed");
    check_failed(run_with({"-W", "[::1]:80"}), 1, "permission_denied");
}

BOOST_AUTO_TEST_CASE(the_words_of_ssh) {
    const std::vector<std::string> host{"-p", daemon.port(), "127.0.0.1"};
    const auto rsh = [&](std::vector<std::string> words, const std::vector<std::string>& command = {}) {
        words.insert(words.begin(), {"tug", "rsh"});
        words.insert(words.end(), host.begin(), host.end());
        words.insert(words.end(), command.begin(), command.end());
        return program(std::move(words));
    };
    auto beside = rsh({"-R", "0:" + to_target()}, {"cat"}); // beside a command, in the words of ssh
    beside.await_err(" for remote forward to " + to_target());
    const auto told = "port "s;
    const auto port = std::stoi(beside.err().substr(beside.err().find(told) + told.size()));
    check_tunnel(plain_socket::to_port(static_cast<std::uint16_t>(port)), target);
    beside.write("still there");
    beside.close_stdin();
    BOOST_TEST(beside.wait() == 0);
    BOOST_TEST(beside.out() == "still there");

    auto stdio = rsh({"-W", to_target()});
    const auto far = target.accept();
    far.send("world");
    far.shutdown_send();
    BOOST_TEST(stdio.wait() == 0);
    BOOST_TEST(stdio.out() == "world");

    const temp_dir here;
    auto alone = rsh({"-N", "-L", here / "s:" + to_target(), "-R", "0:" + to_target()});
    alone.await_err("Allocated port");
    check_tunnel(plain_socket::to_path(here / "s"), target);
    BOOST_TEST(alone.out().empty());
    BOOST_TEST(rsh({"-N"}).wait() == 255);
}

BOOST_AUTO_TEST_CASE(where_one_place_cannot_be_had_there_is_none) {
    const auto taken = std::to_string(target.port());
    check_failed(run_with({"-L", "127.0.0.1:" + taken + ":db:80"}), 1, "cannot listen at");
    check_failed(run_with({"-R", taken + ":db:80"}), 1, "already_exists");
    check_failed(run_with({"-R", "0.0.0.0:0:db:80"}), 1, "permission_denied");
    check_failed(run_with({"-L", "127.0.0.1:0:db:80", "-D", "127.0.0.1:" + taken, "-q"}), 1, "cannot listen at");
    for (const std::vector<std::string>& flags :
         {std::vector<std::string>{}, {"-L", "80"}, {"-L", "1:db:80", "-W", "db:80"}, {"-D", "x"}})
        BOOST_TEST(run_with(flags).exit_code == 2);
}

BOOST_AUTO_TEST_CASE(a_low_port_here_tells_what_it_takes) {
    auto words = without_low_ports();
    words.insert(words.end(), {bin_dir() + "/tug", "forward", daemon.address(), "-L", "127.0.0.1:81:" + to_target()});
    check_failed(run(words), 1, "'127.0.0.1:81', which takes CAP_NET_BIND_SERVICE: Permission denied");
}

/// Bytes that the buffers of the kernel at both ends may hold.
std::size_t most_in_a_connection() {
    std::size_t all = 0;
    for (const std::string buffers : {"tcp_rmem", "tcp_wmem"}) {
        std::istringstream sizes(read_file("/proc/sys/net/ipv4/" + buffers));
        std::size_t least = 0;
        std::size_t usual = 0;
        std::size_t most = 0;
        BOOST_TEST_REQUIRE(static_cast<bool>(sizes >> least >> usual >> most));
        all += most;
    }
    return all;
}

BOOST_AUTO_TEST_CASE(a_reader_that_stalls_stalls_no_other) {
    auto tug = start({"-L", "127.0.0.1:0:" + to_target()});
    const auto port = port_in(tug.read_line());
    const auto stalled = plain_socket::to_port(port);
    const auto far = target.accept();
    const auto sent = stalled.fill();
    // The largest window, to which it grows on a busy machine, what the programs hold, and two connections.
    BOOST_TEST(sent < (64U << 20U) + (4U << 20U) + 2 * most_in_a_connection());
    check_tunnel(plain_socket::to_port(port), target);
    BOOST_TEST(far.receive(sent).size() == sent);
}

BOOST_AUTO_TEST_CASE(a_thousand_at_once) {
    tugd_process wide({"--no-auth", "--listen", "127.0.0.1:0", "--root", root.path().string(), "--allow-connect",
                       "127.0.0.1:*", "--max-long-in-flight", "1000"});
    const auto start_with_few = [&] { // as a shell gives them, and fewer
        const limited_descriptors few(256);
        return program({"tug", "forward", wide.address(), "-L", "127.0.0.1:0:" + to_target()});
    };
    auto tug = start_with_few();
    const auto port = port_in(tug.read_line());
    const many_descriptors enough;
    std::vector<plain_socket> near;
    std::vector<plain_socket> far;
    for (int i = 0; i < 1'000; ++i) {
        near.push_back(plain_socket::to_port(port));
        far.push_back(target.accept());
    }
    for (std::size_t i = 0; i < far.size(); ++i) far[i].send("here" + std::to_string(i));
    for (const auto& one : near) {
        BOOST_TEST_REQUIRE(one.receive(4) == "here");
        one.shutdown_send();
    }
    for (const auto& one : far) BOOST_TEST_REQUIRE(one.ended());
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

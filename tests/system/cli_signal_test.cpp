#include "support/build_paths.hpp"
#include "support/cli_checks.hpp"
#include "support/proc.hpp"
#include "support/terminal.hpp"
#include "support/tugd_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>

namespace utf = boost::unit_test;
using namespace tug::test;

namespace {

constexpr auto unshare_program = "/usr/bin/unshare";

/// A name server on loopback that hears the questions and never answers.
class silent_name_server {
public:
    static constexpr auto address = "127.8.8.40";

    silent_name_server() : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_port = htons(53);
        ::inet_pton(AF_INET, address, &a.sin_addr);
        works = ::bind(fd_, reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0;
        const timeval most{.tv_sec = bound.count(), .tv_usec = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    }

    ~silent_name_server() { ::close(fd_); }

    silent_name_server(const silent_name_server&) = delete;
    silent_name_server& operator=(const silent_name_server&) = delete;

    /// Waits until it was asked something.
    [[nodiscard]] bool asked() const {
        char first = 0;
        return ::recv(fd_, &first, 1, 0) > 0;
    }

    bool works = false;

private:
    int fd_;
};

/// Another name server for one program takes a mount namespace of its own.
boost::test_tools::assertion_result may_change_name_servers(utf::test_unit_id) {
    boost::test_tools::assertion_result able(
        std::filesystem::exists(unshare_program) && silent_name_server().works &&
        run({unshare_program, "-m", "mount", "--bind", "/etc", "/etc"}).exit_code == 0);
    able.message() << "a name server of the test's own takes root, mounts and a free port 53";
    return able;
}

/// Soon: a command is reaped while its client reads the answer.
bool is_gone(const std::string& pid) {
    return eventually([&] { return ::kill(std::stoi(pid), 0) != 0 && errno == ESRCH; });
}

/// What a shell sees when it waits for it.
void check_dies_by(program& p, int number) {
    BOOST_TEST(p.wait() == 128 + number);
    BOOST_TEST(p.ended_by() == number);
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_signal, tugd_fixture)

BOOST_AUTO_TEST_CASE(the_first_interrupt_cancels_the_command) {
    auto p = start_tug({"exec", "--", "sh", "-c", "echo $$; exec sleep 600"});
    const auto pid = p.read_line();
    p.signal(SIGINT);
    check_dies_by(p, SIGINT);
    check_failed({130, "", p.err()}, 130, "cancelled");
    BOOST_TEST(is_gone(pid));
}

BOOST_AUTO_TEST_CASE(the_others_cancel_too) {
    for (const int number : {SIGTERM, SIGHUP}) {
        auto p = start_tug({"exec", "--", "sh", "-c", "echo $$; exec sleep 600"});
        const auto pid = p.read_line();
        p.signal(number);
        check_dies_by(p, number);
        BOOST_TEST(is_gone(pid));
    }
}

BOOST_AUTO_TEST_CASE(a_signal_that_comes_with_the_end_ends_tug_all_the_same) {
    // The command ends by itself when tugd asks for it: its code 0 is not that of tug.
    auto p = start_tug(
        {"exec", "--json", "--", "sh", "-c", "trap 'exit 0' TERM; echo up >&2; while :; do sleep 0.05; done"});
    auto q = start_tug({"exec", "--", "sh", "-c", "trap 'exit 0' TERM; echo up; while :; do sleep 0.05; done"});
    BOOST_TEST(q.read_line() == "up");
    q.signal(SIGINT);
    check_dies_by(q, SIGINT);
    p.signal(SIGTERM); // also while it connects
    check_dies_by(p, SIGTERM);
}

BOOST_AUTO_TEST_CASE(output_of_the_grace_period_still_comes) {
    auto p = start_tug({"exec", "--", "sh", "-c", "trap 'echo bye; exit' TERM; echo up; while :; do sleep 0.05; done"});
    BOOST_TEST(p.read_line() == "up");
    p.signal(SIGINT);
    BOOST_TEST(p.read_line() == "bye");
    check_dies_by(p, SIGINT);
}

BOOST_AUTO_TEST_CASE(the_second_interrupt_leaves_at_once) {
    // It does not end by SIGTERM, so tugd takes 2 s to kill it; tug has no reason to wait so long.
    auto p = start_tug({"exec", "--", "sh", "-c", "trap 'echo term' TERM; echo up; while :; do sleep 0.05; done"});
    BOOST_TEST(p.read_line() == "up");
    p.signal(SIGINT);
    BOOST_TEST(p.read_line() == "term");
    p.signal(SIGHUP);
    BOOST_TEST(p.wait(std::chrono::milliseconds(1500)) == 128 + SIGHUP);
    BOOST_TEST(p.ended_by() == SIGHUP);
}

BOOST_AUTO_TEST_CASE(a_result_that_nobody_reads_does_not_keep_tug) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    auto p = start_tug({"exec", "--json", "--", "sh", "-c", "yes | head -c 1000000; : > ended"}, {}, {.out = ends[1]});
    ::close(ends[1]);
    char first = 0;
    BOOST_TEST(::read(ends[0], &first, 1) == 1); // it writes the object, which is more than a pipe holds
    BOOST_TEST(first == '{');
    p.signal(SIGINT); // the thread that would cancel the call hangs in that write
    p.signal(SIGTERM);
    (void)p.wait();
    BOOST_TEST(p.ended_by() != 0);
    ::close(ends[0]);
}

BOOST_AUTO_TEST_CASE(a_reader_that_stalls_does_not_keep_tug) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    auto p = start_tug({"exec", "--", "sh", "-c", "echo up >&2; exec yes"}, {}, {.out = ends[1]});
    p.await_err("up");
    p.signal(SIGINT); // tug hangs in a write, or soon will
    check_dies_by(p, SIGINT);
    ::close(ends[0]);
    ::close(ends[1]);
}

BOOST_AUTO_TEST_CASE(a_look_up_does_not_keep_tug, *utf::precondition(may_change_name_servers)) {
    const silent_name_server nobody;
    write_file(local / "resolv", std::string("nameserver ") + nobody.address + "\noptions timeout:30 attempts:5\n");
    write_file(local / "nsswitch", "hosts: dns\n");
    program p({unshare_program, "-m", "sh", "-c",
               "mount --bind $1 /etc/resolv.conf && mount --bind $2 /etc/nsswitch.conf && exec $3 ping name.invalid:1",
               "sh", local / "resolv", local / "nsswitch", bin_dir() + "/tug"});
    BOOST_TEST_REQUIRE(nobody.asked()); // getaddrinfo() waits for minutes now
    p.signal(SIGINT);
    check_dies_by(p, SIGINT);
    check_failed({1, "", p.err()}, 1, "cancelled");
}

BOOST_AUTO_TEST_CASE(an_interrupted_put_stores_nothing) {
    auto p = start_tug({"put", "-", ":file"});
    BOOST_TEST(p.write(std::string(8 * 1024 * 1024, 'x'))); // more than any buffer on the way: the put runs
    p.signal(SIGINT);
    check_dies_by(p, SIGINT);
    check_failed({1, "", p.err()}, 1, "cancelled");
    BOOST_TEST(tug({"exec", "--", "ls", "-A"}).out == "");
}

BOOST_AUTO_TEST_CASE(an_interrupted_get_leaves_no_file) {
    write_file(in_root("huge"), "");
    std::filesystem::resize_file(in_root("huge"), std::uintmax_t{1} << 40); // a hole: it takes no room there
    terminal shown;
    auto p = start_tug({"get", ":huge", local / "out"}, {}, {.err = shown.inner()});
    shown.close_inner();
    shown.await("of 1.0 TiB"); // it is on its way
    p.signal(SIGINT);
    shown.await("cancelled");
    check_dies_by(p, SIGINT);
    BOOST_TEST(std::distance(std::filesystem::directory_iterator(local.path()), {}) == 2); // the keys and the socket
}

BOOST_AUTO_TEST_CASE(an_interrupt_leaves_the_prompt) {
    terminal t;
    auto p = start_tug({"repl"}, {}, {.in = t.inner()});
    t.close_inner();
    t.type("exec sh -c 'echo $$; exec sleep 600'\n");
    const auto pid = p.read_line();
    p.signal(SIGINT);
    BOOST_TEST(is_gone(pid));
    t.type("exec echo after\n");
    BOOST_TEST(p.read_line() == "after");
    t.type("exit\n");
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_a_script_of_the_repl) {
    auto p = start_tug({"repl"});
    BOOST_TEST(p.write("exec sh -c 'echo $$; exec sleep 600'\nexec echo next\n"));
    const auto pid = p.read_line();
    p.signal(SIGINT);
    check_dies_by(p, SIGINT);
    BOOST_TEST(p.out() == pid + "\n");
    BOOST_TEST(is_gone(pid));
    auto idle = start_tug({"repl"}); // it waits for its first line
    BOOST_TEST(idle.write("exec echo up\n"));
    BOOST_TEST(idle.read_line() == "up");
    idle.signal(SIGTERM);
    check_dies_by(idle, SIGTERM);
}

BOOST_AUTO_TEST_CASE(an_interrupted_call_does_not_count_at_the_prompt) {
    terminal t;
    auto p = start_tug({"repl"}, {}, {.in = t.inner(), .out = t.inner(), .err = t.inner()});
    t.close_inner();
    t.await("tug> ");
    t.type("exec sh -c 'echo up; exec sleep 600'\n");
    t.await("\nup");
    p.signal(SIGINT);
    t.await("[exit 130]");
    t.await("tug> ");
    p.signal(SIGINT);
    t.await("(exit leaves)");
    t.await("tug> ");
    p.signal(SIGINT);
    check_dies_by(p, SIGINT);
}

BOOST_AUTO_TEST_CASE(at_the_prompt_the_second_interrupt_leaves) {
    terminal t;
    auto p = start_tug({"repl"}, {}, {.in = t.inner(), .out = t.inner(), .err = t.inner()});
    t.close_inner();
    t.await("tug> ");
    t.type("exec echo typed\n");
    t.await("\ntyped");
    t.await("tug> ");
    p.signal(SIGINT);
    t.await("(exit leaves)");
    t.await("tug> ");
    t.type("exec echo again\n");
    t.await("\nagain");
    t.await("tug> ");
    p.signal(SIGINT);
    t.await("(exit leaves)");
    p.signal(SIGINT);
    check_dies_by(p, SIGINT);
}

BOOST_AUTO_TEST_CASE(an_interrupt_at_the_prompt_does_not_count_when_it_is_left) {
    terminal t;
    auto p = start_tug({"repl"}, {}, {.in = t.inner(), .out = t.inner(), .err = t.inner()});
    t.close_inner();
    t.await("tug> ");
    p.signal(SIGINT);
    t.await("(exit leaves)");
    t.await("tug> ");
    t.type("exit\n");
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

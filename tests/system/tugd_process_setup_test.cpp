// What tugd does to its own process before it serves. Each of these fails when its line in process_setup.cpp goes.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstddef>
#include <string>
#include <vector>

namespace tug::test {

namespace {

struct killer {
    std::string mark;

    ~killer() {
        for (const auto pid : processes_with(mark)) ::kill(pid, SIGKILL);
    }
};

std::string status_of(pid_t pid) {
    return read_file("/proc/" + std::to_string(pid) + "/status");
}

/// Whether the signal is in a mask of /proc/PID/status; of the main thread, where they differ by thread.
bool is_in(const std::string& mask, pid_t pid, int signal) {
    const auto bits = std::stoull(value_of(mask, status_of(pid)), nullptr, 16);
    return ((bits >> static_cast<unsigned>(signal - 1)) & 1U) != 0;
}

bool ignores(pid_t pid, int signal) {
    return is_in("SigIgn", pid, signal);
}

/// This thread on one processor and the main thread of the process on another, where there is one.
class kept_apart {
public:
    explicit kept_apart(pid_t pid) {
        ::sched_getaffinity(0, sizeof all_, &all_);
        std::vector<std::size_t> there;
        for (std::size_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
            if (CPU_ISSET(cpu, &all_)) there.push_back(cpu);
        keep(0, there.front());
        keep(pid, there.back());
    }

    ~kept_apart() { ::sched_setaffinity(0, sizeof all_, &all_); }

    kept_apart(const kept_apart&) = delete;
    kept_apart& operator=(const kept_apart&) = delete;

private:
    static void keep(pid_t who, std::size_t on) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(on, &one);
        ::sched_setaffinity(who, sizeof one, &one);
    }

    cpu_set_t all_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_process_setup)

BOOST_AUTO_TEST_CASE(a_broken_pipe_or_a_full_file_does_not_end_it) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    for (const int signal : {SIGPIPE, SIGXFSZ}) {
        BOOST_TEST(ignores(tugd.pid(), signal));
        ::kill(tugd.pid(), signal);
        BOOST_TEST(client.ask("rpc.ping").error() == "");
    }
}

BOOST_AUTO_TEST_CASE(children_that_were_ignored_by_its_parent_are_not_by_it) {
    launch how;
    how.wrapper = {"/bin/sh", "-c", "trap '' CHLD; exec \"$@\"", "sh"};
    const tugd_under_test tugd({}, how);
    BOOST_TEST(!ignores(tugd.pid(), SIGCHLD));
    const auto result = tugd.connect().ask("exec", {{"argv", {"sh", "-c", "exit 7"}}}).result();
    BOOST_TEST(result.at("exit_code").to_number<int>() == 7);
}

BOOST_AUTO_TEST_CASE(orphans_come_to_it) {
    const killer cleanup{sleep_mark()};
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto leave = "(setsid sleep " + cleanup.mark + " >/dev/null 2>&1 &)";
    static_cast<void>(client.ask("exec", {{"shell", leave}, {"keep_children", true}}).result());
    std::vector<pid_t> orphans;
    BOOST_TEST_REQUIRE(eventually([&] { return (orphans = processes_with(cleanup.mark)).size() == 1; }));
    const auto orphan = orphans.front();
    BOOST_TEST(value_of("PPid", status_of(orphan)) == std::to_string(tugd.pid()));
    // And it reaps them, though no other client calls.
    ::kill(orphan, SIGKILL);
    BOOST_TEST(eventually([&] { return ::kill(orphan, 0) != 0; }));
}

BOOST_AUTO_TEST_CASE(many_orphans_are_reaped_while_their_command_runs) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto id = client.call(
        "exec", {{"shell", "i=0; while [ $i -lt 200 ]; do (sleep 0 &); i=$((i+1)); done; echo done; exec sleep 1000"}});
    while (client.output(id, "stdout").empty()) client.step();
    BOOST_TEST(eventually([&] { return zombies_of(tugd.pid()) == 0; }), zombies_of(tugd.pid()) << " zombies");
    client.notify("rpc.cancel", {{"call", id}});
    static_cast<void>(client.wait(id).result());
}

/// Each command that ends signals it, and it looks for orphans ten times a second at most: a look takes the core from
/// the commands.
BOOST_AUTO_TEST_CASE(it_is_not_woken_by_each_child_that_ends) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    BOOST_TEST(client.ask("rpc.ping").error() == "");
    const auto listens = [&] { return !is_in("SigBlk", tugd.pid(), SIGCHLD); };
    BOOST_TEST_REQUIRE(eventually(listens)); // it has looked when it started
    const auto waits_so_far = [&] { return std::stoull(value_of("voluntary_ctxt_switches", status_of(tugd.pid()))); };
    const kept_apart two(tugd.pid());
    const auto begin = std::chrono::steady_clock::now();
    const auto waited = waits_so_far();
    constexpr int many = 300;
    for (int i = 0; i < many; ++i) ::kill(tugd.pid(), SIGCHLD); // some come while it deals with the first
    for (int i = 0; i < many; ++i) {
        ::kill(tugd.pid(), SIGCHLD);
        static_cast<void>(client.ask("rpc.ping"));
    }
    const auto tenths = (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(100);
    constexpr int waits_of_one = 4; // for the signal, for its pipe, for the clock
    BOOST_TEST(waits_so_far() - waited <= static_cast<std::size_t>(waits_of_one * (tenths + 2)));
}

BOOST_AUTO_TEST_CASE(privileges_can_be_ruled_out) {
    for (const bool wanted : {false, true}) {
        std::vector<std::string> arguments;
        if (wanted) arguments.emplace_back("--no-new-privs");
        const tugd_under_test tugd(arguments);
        auto client = tugd.connect();
        const auto id = client.call("exec", {{"argv", {"cat", "/proc/self/status"}}});
        static_cast<void>(client.wait(id).result());
        // Where the tests themselves run without, nothing can give them back.
        const auto own = value_of("NoNewPrivs", status_of(::getpid()));
        BOOST_TEST(value_of("NoNewPrivs", client.output(id, "stdout")) == (wanted ? "1" : own));
    }
}

BOOST_AUTO_TEST_CASE(a_cgroup_that_cannot_be_used_keeps_it_from_starting) {
    const auto result = run({"tugd", "--no-auth", "--listen", "127.0.0.1:0", "--cgroup", "/no/such"});
    BOOST_TEST(result.exit_code == 1);
    BOOST_TEST(result.err.find("the cgroup /no/such cannot be used") != std::string::npos, result.err);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

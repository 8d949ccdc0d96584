#include "process/process_tree.hpp"

#include "process_support.hpp"

#include "process/stopped_processes.hpp"
#include "process/tag.hpp"
#include "support/proc.hpp"

#include <sys/prctl.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <set>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {
    /// Reads lines that are pids.
    static std::vector<pid_t> read_pids(const running& from, std::size_t count) {
        std::vector<pid_t> pids;
        while (pids.size() < count) pids.push_back(static_cast<pid_t>(std::stol(read_line(from.out.get()))));
        return pids;
    }

    static std::set<pid_t> alive_members(const call_processes& call) {
        std::set<pid_t> pids;
        const auto found = members(call);
        BOOST_REQUIRE(found.has_value());
        for (const auto& p : *found) {
            if (p.alive()) pids.insert(p.pid);
        }
        return pids;
    }

    static void check_killed(const running& root, const std::vector<pid_t>& others) {
        BOOST_TEST(kill_all(root.call()));
        BOOST_TEST(!any_left(root.call()));
        BOOST_TEST(alive_members(root.call()).empty());
        for (const pid_t pid : others) BOOST_TEST(!is_running(pid));
    }
};

// Prints its pid and stays. As the child of a subshell that ends at once it is an orphan; with setsid, in no
// session of the call's.
const std::string stay = "'echo $$; exec sleep 1000'";

} // namespace

BOOST_FIXTURE_TEST_SUITE(process_tree_test, fixture)

BOOST_AUTO_TEST_CASE(a_plain_child) {
    const auto root = shell("sh -c " + stay + " & wait");
    const auto pids = read_pids(root, 1);
    BOOST_TEST(alive_members(root.call()) == (std::set<pid_t>{root.process.pid(), pids[0]}));
    BOOST_TEST(any_left(root.call()));
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(a_child_in_a_session_of_its_own) {
    const auto root = shell("setsid sh -c " + stay + " & wait");
    const auto pids = read_pids(root, 1);
    BOOST_TEST(alive_members(root.call()).contains(pids[0]));
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(a_double_forked_daemon_after_the_root_has_ended) {
    const auto root = shell("(setsid sh -c " + stay + " &)");
    const auto pids = read_pids(root, 1);
    root.await_end();
    BOOST_TEST(any_left(root.call()));
    BOOST_TEST(alive_members(root.call()) == (std::set<pid_t>{pids[0]}));
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(descendants_of_a_member_whatever_their_tag) {
    // The child lowers the limit that carries the tag, so neither it nor what it starts has the tag any more.
    const auto root =
        shell("setsid prlimit --rttime=1000000 sh -c 'echo $$; sh -c \"echo \\$\\$; exec sleep 1000\"; :' & "
              "wait");
    const auto pids = read_pids(root, 2);
    for (const pid_t pid : pids) {
        BOOST_TEST(tag_of(pid).value() == 0U);
        BOOST_TEST(alive_members(root.call()).contains(pid));
    }
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(those_who_ignore_signals) {
    const auto root = shell("trap '' TERM INT HUP; setsid sh -c " + stay + " & sh -c " + stay + " & wait");
    const auto pids = read_pids(root, 2);
    BOOST_TEST(signal_all(root.call(), {SIGTERM}) >= 3U);
    BOOST_TEST(is_running(pids[0]));
    BOOST_TEST(is_running(pids[1]));
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(those_who_are_stopped) {
    const auto root = shell("setsid sh -c 'echo $$; kill -STOP $$' & wait");
    const auto pids = read_pids(root, 1);
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(a_signal_reaches_every_member) {
    const auto root = shell("setsid sh -c 'trap \"echo got; exit\" USR1; echo $$; while :; do sleep 0.05; done' & "
                            "trap : USR1; wait; wait");
    read_pids(root, 1);
    BOOST_TEST(signal_all(root.call(), {SIGUSR1}) >= 2U);
    BOOST_TEST(read_line(root.out.get()) == "got");
    check_killed(root, {});
}

BOOST_AUTO_TEST_CASE(many_that_keep_forking) {
    const auto root =
        shell("for i in 1 2 3 4; do setsid sh -c 'echo $$; while :; do (sleep 0.02 &); sleep 0.01; done' & "
              "done; trap '' TERM; wait");
    const auto pids = read_pids(root, 4);
    check_killed(root, pids);
}

/// Time that is over at any moment, also between the stop and the next look, leaves nothing stopped.
BOOST_AUTO_TEST_CASE(time_that_runs_out_leaves_nothing_stopped) {
    for (int asked = 1; asked <= 3; ++asked) {
        const auto root = shell("trap '' TERM; setsid sh -c " + stay + " & wait");
        const auto pids = read_pids(root, 1);
        int times = 0;
        const auto now = [&] {
            return std::chrono::steady_clock::time_point(std::chrono::hours(++times > asked ? 1 : 0));
        };
        static_cast<void>(kill_all(root.call(), std::chrono::seconds(3), now)); // it may have waited for too short
        BOOST_TEST(root.await_end().si_status == SIGKILL);
        BOOST_TEST(eventually([&] { return !is_running(pids[0]); }));
        check_killed(root, pids);
    }
}

/// Nor does what keeps it from going on, want of memory.
BOOST_AUTO_TEST_CASE(what_was_stopped_is_killed_when_its_owner_goes) {
    const auto root = start(request({"sleep", "1000"}));
    {
        stopped_processes stopped;
        BOOST_TEST(stopped.add(running_members(root.call()).value()));
        BOOST_TEST(!stopped.add(running_members(root.call()).value()));
    }
    BOOST_TEST(root.await_end().si_status == SIGKILL);
}

/// It makes zombies that it does not wait for, many and without end: each of them is for the daemon to reap.
BOOST_AUTO_TEST_CASE(one_that_forks_without_end) {
    const auto root = start(
        request({"/usr/bin/perl", "-e", "$| = 1; print \"$$\\n\"; for (1 .. 20000) { fork or exit } sleep 1000"}));
    read_pids(root, 1);
    check_killed(root, {});
    BOOST_TEST(count_left(root.call()).value_or(1) == 0U);
}

/// Its successor is another process each time, in a session of its own.
BOOST_AUTO_TEST_CASE(one_that_hops_faster_than_a_look) {
    const std::string hop = "$| = 1; print \"$$\\n\"; use POSIX; "
                            "for (1 .. 100000) { fork and POSIX::_exit(0); setsid } ";
    const auto root = start(request({"/usr/bin/perl", "-e", hop}));
    read_pids(root, 1);
    check_killed(root, {});
    BOOST_TEST(read_text(root.out.get()).empty()); // the end of input says that no process is left
}

/// The end of what belongs to another call leaves no doubt about this one.
BOOST_AUTO_TEST_CASE(a_look_is_settled_whatever_ends_elsewhere) {
    const auto other = start(request({"/usr/bin/perl", "-e",
                                      "$| = 1; print \"$$\\n\"; use POSIX; "
                                      "for (1 .. 20000) { if (!fork) { fork; POSIX::_exit(0) } wait } sleep 1000"}));
    read_pids(other, 1);
    const auto root = shell("(setsid sh -c " + stay + " &)");
    const auto pids = read_pids(root, 1);
    root.await_end();
    std::atomic<bool> over = false;
    auto killed = begin_on_pool([&] {
        const bool done = kill_all(root.call());
        over = true;
        return done;
    });
    while (!over) reap_orphans(); // as the main thread of the daemon does
    BOOST_TEST(killed.get());
    BOOST_TEST(!is_running(pids[0]));
    check_killed(other, {});
}

BOOST_AUTO_TEST_CASE(a_tree_that_grows_while_it_is_killed) {
    const auto root = shell("grow() { [ $1 -gt 0 ] || exec sleep 1000; n=$(($1 - 1)); grow $n & grow $n & wait; }; "
                            "echo $$; grow 6");
    const auto pids = read_pids(root, 1);
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(one_that_hops_from_process_to_process) {
    // Each lives only until it has made the next, so a look at /proc is always a step behind. It ends by itself.
    const std::string hop = "hop() { [ $1 -gt 0 ] || exec sleep 1000; (hop $(($1 - 1)) &) ; }; echo $$; hop 1000";
    for (const std::string& script : {hop, "(setsid sh -c '" + hop + "' &)"}) {
        const auto root = shell(script);
        const auto pids = read_pids(root, 1);
        check_killed(root, pids);
        // What holds the pipe is the call's: the end of input says that no process is left.
        BOOST_TEST(read_text(root.out.get()).empty());
    }
}

BOOST_AUTO_TEST_CASE(strangers_are_left_alone) {
    const auto stranger = shell("setsid sh -c " + stay + " & wait");
    const auto strangers = read_pids(stranger, 1);
    const auto orphaning = shell("(setsid sh -c " + stay + " &)");
    const auto orphans = read_pids(orphaning, 1);
    orphaning.await_end();
    const auto root = shell("(setsid sh -c " + stay + " &); sh -c " + stay + " & wait");
    const auto pids = read_pids(root, 2);
    check_killed(root, pids);
    BOOST_TEST(is_running(stranger.process.pid()));
    BOOST_TEST(is_running(strangers[0]));
    BOOST_TEST(is_running(orphans[0]));
    check_killed(orphaning, orphans);
    BOOST_TEST(is_running(strangers[0]));
    check_killed(stranger, strangers);
}

BOOST_AUTO_TEST_CASE(without_a_tag_nothing_is_guessed) {
    const auto root = shell("(setsid sh -c " + stay + " &); sh -c " + stay + " & wait");
    const auto pids = read_pids(root, 2);
    const call_processes untagged{root.process.pid(), 0};
    BOOST_TEST(kill_all(untagged));
    const auto left = alive_members(root.call());
    BOOST_TEST(left.size() == 1U); // the one that left the session
    check_killed(root, pids);
}

BOOST_AUTO_TEST_CASE(nothing_left_is_known_after_a_plain_end) {
    const auto root = shell("sleep 0 & wait");
    root.await_end();
    BOOST_TEST(!any_left(root.call()));
    BOOST_TEST(kill_all(root.call()));
    BOOST_TEST(members(root.call())->size() == 1U); // the zombie of the root
}

BOOST_AUTO_TEST_CASE(without_a_subreaper_the_full_scan_still_finds_orphans) {
    const auto root = shell("(setsid sh -c " + stay + " &)");
    const auto pids = read_pids(root, 1);
    root.await_end();
    BOOST_REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 0) == 0);
    BOOST_TEST(any_left(root.call()));
    check_killed(root, pids);
    BOOST_REQUIRE(become_subreaper().has_value());
}

BOOST_AUTO_TEST_CASE(without_free_descriptors_the_group_still_dies) {
    auto root = shell("sh -c " + stay + " & wait");
    const auto pids = read_pids(root, 1);
    rlimit old{};
    BOOST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &old) == 0);
    const rlimit none{3, old.rlim_max};
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    const bool known = members(root.call()).has_value();
    const bool left = any_left(root.call());
    const bool killed = kill_all(root.call(), std::chrono::milliseconds(50));
    BOOST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &old) == 0);
    BOOST_TEST(!known);
    BOOST_TEST(left); // unknown counts as left
    BOOST_TEST(!killed);
    BOOST_TEST(root.await_end().si_status == SIGKILL);
    check_killed(root, pids);
}

/// What a daemon that was killed has left is known by the family of the tags, and no root is needed for that.
BOOST_AUTO_TEST_CASE(a_family_is_all_but_what_outlives) {
    auto one = shell("(setsid sh -c " + stay + " &)");
    auto two = shell("setsid sh -c " + stay + " & wait");
    auto keeping = request({"/bin/sh", "-c", "setsid sh -c " + stay + " & wait"});
    keeping.outlives = true;
    const auto kept = start(keeping);
    const auto ones = read_pids(one, 1);
    const auto twos = read_pids(two, 1);
    const auto kepts = read_pids(kept, 1);
    BOOST_TEST(kill_all({0, tag_family(), nullptr, tag_family_bits}));
    BOOST_TEST(!is_running(ones[0]));
    BOOST_TEST(!is_running(twos[0]));
    BOOST_TEST(!is_running(two.process.pid()));
    for (auto* reaped : {&one, &two}) reaped->process.abandon(); // it knows of no root, and took them for orphans
    BOOST_TEST(is_running(kepts[0]));
    check_killed(kept, kepts);
}

BOOST_AUTO_TEST_CASE(tags_lie_where_they_are_not_felt) {
    std::set<std::uint64_t> tags;
    for (int i = 0; i < 100; ++i) {
        const auto tag = make_tag();
        BOOST_TEST((tag >= (std::uint64_t{1} << 50) && tag < (std::uint64_t{1} << 62)));
        BOOST_TEST((tag & tag_family_bits) == tag_family());
        BOOST_TEST((make_tag(true) & tag_family_bits) != tag_family());
        tags.insert(tag);
    }
    BOOST_TEST(tags.size() == 100U);
    BOOST_TEST(tag_of(::getpid()).value() == 0U);
    BOOST_TEST(!tag_of(0x7fffffff).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

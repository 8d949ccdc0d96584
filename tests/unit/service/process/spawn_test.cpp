#include "held_start.hpp"

#include "process/slices.hpp"
#include "process/tag.hpp"

#include <pthread.h>
#include <sys/ioctl.h>

#include <atomic>
#include <chrono>
#include <csignal>

namespace {

using namespace tug::service;
using namespace tug::test;

struct fixture : processes {
    /// The lines "SigBlk:" and "SigIgn:" of a program that is started by a thread which blocks two signals; nothing
    /// where those that the thread blocks are others afterwards.
    std::string signals_of_child(clone_call how) {
        tug::service::spawner by(1, how);
        std::string text;
        const bool mask_kept = on_pool([&] {
            sigset_t blocked;
            sigset_t old;
            sigset_t now;
            sigemptyset(&blocked);
            sigaddset(&blocked, SIGTERM);
            sigaddset(&blocked, SIGRTMIN + 3);
            pthread_sigmask(SIG_SETMASK, &blocked, &old);
            auto out = make_pipe();
            auto r = request({"grep", "^Sig[BI]", "/proc/self/status"});
            r.stdout_fd = out.write.get();
            auto process = by.spawn(r);
            out.write.reset();
            text = read_text(out.read.get());
            pthread_sigmask(SIG_SETMASK, &old, &now);
            return process.has_value() && sigismember(&now, SIGTERM) == 1 && sigismember(&now, SIGRTMIN + 3) == 1 &&
                   sigismember(&now, SIGINT) == 0;
        });
        return mask_kept ? text : "";
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(spawn_test, fixture)

BOOST_AUTO_TEST_CASE(a_program_that_does_not_come_to_its_start) {
    using namespace std::chrono;
    const held_start held;
    tug::service::spawner slow(1, clone_call::clone);
    std::atomic<bool> given_up = false;
    auto r = request({"/bin/true"});
    r.cgroup_fd = held.as_cgroup.get();
    r.given_up = [&] { return given_up.load(); };
    const auto begin = [&] {
        given_up = false;
        auto outcome = begin_on_pool([&] { return slow.spawn(r); });
        BOOST_TEST(eventually([] { return held_start::is_waited_for(); }));
        return outcome;
    };
    const auto ended_after = [&](seconds age, auto outcome) {
        BOOST_TEST(eventually([&] {
            slow.end_stuck(steady_clock::now() + age);
            return outcome.wait_for(seconds(0)) == std::future_status::ready;
        }));
        const auto process = outcome.get();
        return process ? "started" : std::string(name_of(process.error().code));
    };
    BOOST_TEST(ended_after(seconds(11), begin()) == "exec_failed");
    auto second = begin();
    given_up = true;
    BOOST_TEST(ended_after(seconds(2), std::move(second)) == "exec_failed");
    // Neither one that is young nor one that a caller waits for.
    auto first = begin();
    given_up = true;
    slow.end_stuck(steady_clock::now());
    given_up = false;
    slow.end_stuck(steady_clock::now() + seconds(5));
    held.let_go();
    const auto process = first.get();
    BOOST_TEST(process.has_value());
}

BOOST_AUTO_TEST_CASE(child_has_the_usual_slice_and_the_niceness) {
    const auto slice_in = [](const std::string& status) {
        const auto at = status.find("se.slice");
        return at == std::string::npos ? std::string("none told") : status.substr(at, status.find('\n', at) - at);
    };
    const auto usual = slice_in(read_file("/proc/self/sched"));
    auto out = make_pipe();
    auto r = request({"/bin/sh", "-c", "nice; cat /proc/self/sched"});
    r.stdout_fd = out.write.get();
    std::string ours;
    auto spawned = on_pool([&] {
        take_short_slices();
        ::setpriority(PRIO_PROCESS, 0, 3);
        ours = slice_in(read_file("/proc/thread-self/sched"));
        return spawner.spawn(r);
    });
    BOOST_REQUIRE(spawned.has_value());
    const running process(std::move(*spawned), std::move(out.read));
    out.write.reset();
    const auto of_child = read_text(process.out.get());
    BOOST_TEST(of_child.starts_with("3\n"));
    BOOST_TEST(slice_in(of_child) == usual);
    BOOST_TEST_MESSAGE("slices: usual " << usual << ", ours " << ours); // equal before Linux 6.12
}

BOOST_AUTO_TEST_CASE(child_has_three_descriptors_whatever_the_parent_has) {
    std::vector<tug::os::unique_fd> inheritable;
    for (int i = 0; i < 300; ++i) inheritable.emplace_back(::open("/dev/null", O_RDONLY)); // NOLINT: no O_CLOEXEC
    auto in = make_pipe();
    auto r = request({"/bin/sh", "-c", "echo ready; read line"});
    r.stdin_fd = in.read.get();
    const auto process = start(r);
    BOOST_TEST(read_line(process.out.get()) == "ready");
    BOOST_TEST(descriptors_of(process.process.pid()) == only_standard);
}

/// Also of those whose numbers are below the ones that the child's own descriptors are made from.
BOOST_AUTO_TEST_CASE(child_has_no_descriptor_of_a_low_number) {
    std::vector<tug::os::unique_fd> inheritable;
    for (int i = 0; i < 20; ++i) inheritable.emplace_back(::open("/dev/null", O_RDONLY)); // NOLINT: no O_CLOEXEC
    tug::service::spawner later{1};
    auto in = make_pipe();
    auto out = make_pipe();
    auto r = request({"/bin/sh", "-c", "echo ready; read line"});
    r.stdin_fd = in.read.get();
    r.stdout_fd = out.write.get();
    auto spawned = on_pool([&] { return later.spawn(r); });
    BOOST_REQUIRE(spawned.has_value());
    const running process(std::move(*spawned), std::move(out.read));
    BOOST_TEST(read_line(process.out.get()) == "ready");
    BOOST_TEST(descriptors_of(process.process.pid()) == only_standard);
}

BOOST_AUTO_TEST_CASE(descriptors_are_told_apart) {
    auto in = make_pipe();
    auto err = make_pipe();
    auto r = request({"/bin/sh", "-c", "read line; echo \"out $line\"; echo \"err $line\" >&2"});
    r.stdin_fd = in.read.get();
    r.stderr_fd = err.write.get();
    const auto process = start(r);
    BOOST_REQUIRE(::write(in.write.get(), "x\n", 2) == 2);
    err.write.reset();
    BOOST_TEST(read_text(process.out.get()) == "out x\n");
    BOOST_TEST(read_text(err.read.get()) == "err x\n");
}

BOOST_AUTO_TEST_CASE(one_pipe_serves_stdout_and_stderr) {
    auto out = make_pipe();
    auto r = request({"/bin/sh", "-c", "echo a; echo b >&2"});
    r.stdout_fd = r.stderr_fd = out.write.get();
    auto process = spawn(r);
    BOOST_REQUIRE(process.has_value());
    out.write.reset();
    BOOST_TEST(read_text(out.read.get()) == "a\nb\n");
}

BOOST_AUTO_TEST_CASE(without_stdin_it_reads_nothing) {
    BOOST_TEST(output(request({"/bin/sh", "-c", "cat; readlink /proc/self/fd/0"})) == "/dev/null\n");
}

BOOST_AUTO_TEST_CASE(parent_keeps_its_own_standard_descriptors) {
    struct ::stat before[3] = {};
    struct ::stat after[3] = {};
    for (int fd = 0; fd < 3; ++fd) ::fstat(fd, &before[fd]);
    BOOST_TEST(output(request({"echo", "x"})) == "x\n");
    for (int fd = 0; fd < 3; ++fd) ::fstat(fd, &after[fd]);
    for (int fd = 0; fd < 3; ++fd) BOOST_TEST((before[fd].st_ino == after[fd].st_ino));
}

BOOST_AUTO_TEST_CASE(no_signal_is_ignored_or_blocked) {
    struct sigaction ignore{};
    struct sigaction old_pipe{};
    struct sigaction old_usr1{};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &old_pipe);
    ::sigaction(SIGUSR1, &ignore, &old_usr1);
    for (const auto how : {clone_call::automatic, clone_call::clone})
        BOOST_TEST(signals_of_child(how) == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
    ::sigaction(SIGPIPE, &old_pipe, nullptr);
    ::sigaction(SIGUSR1, &old_usr1, nullptr);
}

BOOST_AUTO_TEST_CASE(leads_its_own_session_and_group) {
    const auto process = start(request({"sleep", "1000"}));
    const pid_t pid = process.process.pid();
    proc_stat stat;
    BOOST_REQUIRE(read_proc_stat(pid, stat) == 0);
    BOOST_TEST(stat.session == pid);
    BOOST_TEST(stat.group == pid);
    BOOST_TEST(stat.parent == ::getpid());
}

BOOST_AUTO_TEST_CASE(arguments_arrive_byte_for_byte) {
    const std::vector<std::string> odd{"",           " ",  "a b",      "'\"\\$`*?~#;&|<>", "line\nline",
                                       "\t\x01\x7f", "-x", "\xc3\xa4", "\xff\xfe",         std::string(100'000, 'y')};
    auto argv = odd;
    argv.insert(argv.begin(), {"printf", "%s\\000"});
    std::string expected;
    for (const auto& arg : odd) expected += arg + '\0';
    BOOST_TEST((output(request(argv)) == expected));
}

BOOST_AUTO_TEST_CASE(environment_is_exactly_what_was_given) {
    BOOST_TEST(output(request({"env"}, {"PATH=/usr/bin", "A=", "B=x=y z"})) == "PATH=/usr/bin\nA=\nB=x=y z\n");
}

BOOST_AUTO_TEST_CASE(starts_in_the_cwd) {
    const command_dir dir;
    const auto fd = dir.open();
    auto r = request({"pwd", "-P"});
    r.cwd_fd = fd.get();
    BOOST_TEST(output(r) == std::filesystem::canonical(dir.path()).string() + "\n");
}

BOOST_AUTO_TEST_CASE(limits_are_those_of_the_request) {
    auto r = request({"/bin/sh", "-c", "ulimit -Sn; ulimit -Hn; ulimit -Sc"});
    r.open_files = rlimit{100, 200};
    rlimit core{};
    ::getrlimit(RLIMIT_CORE, &core);
    r.core_size = rlimit{0, core.rlim_max};
    BOOST_TEST(output(r) == "100\n200\n0\n");
}

BOOST_AUTO_TEST_CASE(each_call_has_its_tag_and_descendants_inherit_it) {
    const auto first = shell("setsid sh -c 'echo $$; exec sleep 1000' & wait");
    const auto second = start(request({"sleep", "1000"}));
    const auto descendant = static_cast<pid_t>(std::stol(read_line(first.out.get())));
    BOOST_TEST(first.process.tag() != 0U);
    BOOST_TEST(first.process.tag() != second.process.tag());
    BOOST_TEST(tag_of(first.process.pid()).value() == first.process.tag());
    BOOST_TEST(tag_of(descendant).value() == first.process.tag());
    BOOST_TEST(kill_all(first.call()));
}

BOOST_AUTO_TEST_CASE(runs_as_another_user, *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    auto r = request({"/bin/sh", "-c", "id -u; id -g; id -G"});
    r.run_as = user{65534, 65533, {65533, 65532}};
    BOOST_TEST(output(r) == "65534\n65533\n65533 65532\n");
    r.run_as->groups.clear();
    BOOST_TEST(output(r) == "65534\n65533\n65533\n");
    BOOST_TEST(::geteuid() == 0U);
}

BOOST_AUTO_TEST_CASE(a_terminal_becomes_the_controlling_one) {
    const tug::os::unique_fd master(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    BOOST_REQUIRE(master);
    BOOST_REQUIRE((::grantpt(master.get()) == 0 && ::unlockpt(master.get()) == 0));
    char name[64] = {};
    BOOST_REQUIRE(::ptsname_r(master.get(), name, sizeof name) == 0);
    const tug::os::unique_fd slave(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    auto r = request({"/bin/sh", "-c", "tty; echo here >/dev/tty"});
    r.stdin_fd = slave.get();
    r.controlling_terminal = true;
    const auto process = start(r);
    BOOST_TEST(read_line(process.out.get()) == name);
    BOOST_TEST(read_line(master.get()) == "here\r");
}

BOOST_AUTO_TEST_CASE(many_at_once_do_not_disturb_each_other) {
    std::vector<std::future<std::string>> texts;
    for (int i = 0; i < 60; ++i) {
        texts.push_back(begin_on_pool([this, i] {
            auto out = make_pipe();
            auto r = request({"echo", std::to_string(i)});
            r.stdout_fd = out.write.get();
            auto process = spawner.spawn(r);
            out.write.reset();
            return process ? read_text(out.read.get()) : process.error().message; // hangs if another child had the pipe
        }));
    }
    for (int i = 0; i < 60; ++i) BOOST_TEST(texts[static_cast<std::size_t>(i)].get() == std::to_string(i) + "\n");
}

BOOST_AUTO_TEST_CASE(a_dropped_process_is_killed_and_reaped) {
    const pid_t pid = start(request({"sleep", "1000"})).process.pid();
    BOOST_TEST(::kill(pid, 0) == -1);
}

BOOST_AUTO_TEST_SUITE_END()

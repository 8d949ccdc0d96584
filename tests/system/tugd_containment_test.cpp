// Commands that do what they can to outlive their call, with and without cgroups.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

using namespace std::chrono_literals;

/// How long after a cancel nothing may be left.
constexpr auto all_gone = 6s;

struct killer {
    std::string mark;

    ~killer() {
        for (const auto pid : processes_with(mark)) ::kill(pid, SIGKILL);
    }
};

struct hostile {
    const char* name;
    const char* script;    ///< MARK is the argument of sleep that tells its processes.
    std::size_t processes; ///< So many at least are there before it is cancelled; 0: it ends by itself.
};

const hostile commands[] = {
    {"ignores TERM", "trap '' TERM INT HUP; sleep MARK & sleep MARK", 2},
    {"leaves the session", "trap '' TERM; setsid sleep MARK & setsid setsid sleep MARK & wait", 2},
    {"forks twice", "for i in 1 2 3; do (setsid sh -c '(sleep MARK &)' &); done; exec sleep MARK", 4},
    {"has stopped", "setsid sh -c 'sleep MARK & kill -STOP $$' & sleep MARK & kill -STOP $$", 2},
    {"closes its descriptors", "exec <&- >&- 2>&-; setsid sleep MARK & exec sleep MARK", 2},
    {"hands its descriptors on", "sleep MARK & setsid sleep MARK & (sleep MARK &); exec sleep MARK", 4},
    {"has its parent killed", "(trap '' TERM; setsid sh -c 'kill -KILL '$$'; exec sleep MARK' &); exec sleep MARK", 0},
    {"fills its pipes", "trap '' TERM; yes & yes >&2 & setsid sleep MARK & sleep MARK", 2},
    {"forks all the time",
     "storm() { trap '' TERM; n=0; while [ $n -lt 500 ]; do (setsid sleep MARK &); n=$((n+1)); done; }; storm & storm",
     50},
    {"forks without waiting", "exec perl -e 'for (1 .. 20000) { fork or exit } sleep 1000' MARK", 1},
    {"hops without a pause", "exec perl -e 'use POSIX; for (1 .. 100000) { fork and POSIX::_exit(0); setsid }' MARK",
     1},
    {"hops from process to process",
     "hop() { [ $1 -gt 0 ] || exec sleep 1000; (hop $(($1 - 1)) &); }; trap '' TERM; hop 3000 & setsid sleep MARK", 1},
};

std::string with_mark(std::string script, const std::string& mark) {
    for (auto at = script.find("MARK"); at != std::string::npos; at = script.find("MARK")) script.replace(at, 4, mark);
    return script;
}

void check_ended(const tugd_under_test& tugd, wire_client& client, const hostile& h, const std::string& mark) {
    const auto id = client.call("exec", {{"shell", with_mark(h.script, mark)}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() >= h.processes; }));
    const auto begin = std::chrono::steady_clock::now();
    // A cancel that overtakes the start is answered by an error: nothing ran, and nothing would be tested.
    if (h.processes != 0) client.notify("rpc.cancel", {{"call", id}});
    const auto result = client.wait(id).result();
    BOOST_TEST((std::chrono::steady_clock::now() - begin < all_gone));
    // The answer says so: no waiting here.
    BOOST_TEST(processes_with(mark).size() == 0U);
    BOOST_TEST(result.at("survivors").to_number<int>() == 0);
    BOOST_TEST(eventually([&] { return zombies_of(tugd.pid()) == 0; }), zombies_of(tugd.pid()) << " zombies");
}

/// "cgroup" where tugd can have them here, "session" where it cannot.
std::string containment_here() {
    const tugd_under_test tugd;
    const auto result = tugd.connect().ask("exec", {{"argv", {"true"}}}).result();
    return std::string(result.at("containment").as_string());
}

boost::test_tools::assertion_result has_cgroups(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(containment_here() == "cgroup");
    result.message() << "no cgroup v2 that can be written";
    return result;
}

boost::test_tools::assertion_result can_unshare(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(
        run({"/usr/bin/unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"}).exit_code == 0);
    result.message() << "no mount namespace to be had";
    return result;
}

/// A cgroup below that of this process, given to a user.
class delegated_cgroup {
public:
    explicit delegated_cgroup(uid_t owner) {
        const auto own = run({"/bin/sh", "-c",
                              "printf %s $(awk '/ - cgroup2 / {print $5; exit}' /proc/self/mountinfo)"
                              "$(sed -n 's/^0:://p' /proc/self/cgroup)"});
        path_ = fs::path(own.out) / ("tug-test-" + std::to_string(::getpid()));
        fs::create_directory(path_);
        for (const auto& given : {path_, path_ / "cgroup.procs"})
            BOOST_TEST_REQUIRE(::chown(given.c_str(), owner, static_cast<gid_t>(-1)) == 0);
    }

    ~delegated_cgroup() {
        static_cast<void>(eventually([&] {
            std::error_code failed;
            for (const auto& entry : fs::directory_iterator(path_, failed))
                if (entry.is_directory(failed)) fs::remove(entry.path(), failed);
            return fs::remove(path_, failed);
        }));
    }

    delegated_cgroup(const delegated_cgroup&) = delete;
    delegated_cgroup& operator=(const delegated_cgroup&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    fs::path path_;
};

/// Empty where there is no such file, or no longer.
std::string text_of(const fs::path& file) {
    std::ostringstream text;
    text << std::ifstream(file).rdbuf();
    return text.str();
}

/// What ends the commands of a tugd that is killed; 0 where it has ended, or has not come to its name yet.
pid_t watcher_of(pid_t tugd) {
    for (const auto& entry : fs::directory_iterator("/proc")) {
        if (text_of(entry.path() / "comm") != "tug-watch\n") continue;
        std::error_code gone;
        for (const auto& fd : fs::directory_iterator(entry.path() / "fdinfo", gone))
            if (text_of(fd.path()).find("\nPid:\t" + std::to_string(tugd) + "\n") != std::string::npos)
                return static_cast<pid_t>(std::stol(entry.path().filename().string()));
    }
    return 0;
}

/// The same of a tugd that has just started.
pid_t new_watcher_of(pid_t tugd) {
    pid_t found = 0;
    BOOST_TEST_REQUIRE(eventually([&] { return (found = watcher_of(tugd)) != 0; }));
    return found;
}

/// Zombies too: it is not for us to reap.
bool has_ended(pid_t pid) {
    return text_of("/proc/" + std::to_string(pid) + "/cmdline").empty();
}

/// Its death, and that of its watcher before it, where it has one.
void kill_hard(tugd_under_test& tugd, pid_t watcher = 0) {
    if (watcher != 0) {
        ::kill(watcher, SIGKILL);
        BOOST_TEST_REQUIRE(eventually([&] { return watcher_of(tugd.pid()) == 0; }));
    }
    tugd.signal(SIGKILL);
    BOOST_TEST(tugd.wait() == 128 + SIGKILL);
}

/// A command that does not listen, and one with keep_children, whose child stays.
void start_some(wire_client& client, const std::string& run, const std::string& kept) {
    client.call("exec", {{"shell", with_mark("trap '' TERM; setsid sleep MARK & sleep MARK", run)}});
    const auto keep = with_mark("setsid sleep MARK >/dev/null 2>&1 &", kept);
    static_cast<void>(client.ask("exec", {{"shell", keep}, {"keep_children", true}}).result());
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(run).size() >= 2; }));
}

/// A cgroup of the freezer of v1, in which SIGKILL has to wait: the nearest to a disk that does not answer.
class freezer {
public:
    static constexpr auto where = "/sys/fs/cgroup/freezer";

    freezer() : path_(fs::path(where) / ("tug-test-" + std::to_string(::getpid()))) { fs::create_directory(path_); }

    ~freezer() {
        thaw();
        static_cast<void>(eventually([&] {
            std::error_code failed;
            return fs::remove(path_, failed);
        }));
    }

    void freeze(pid_t pid) {
        write("tasks", std::to_string(pid));
        write("freezer.state", "FROZEN");
        BOOST_TEST_REQUIRE(eventually([&] { return read_file(path_ / "freezer.state") == "FROZEN\n"; }));
    }

    void thaw() { write("freezer.state", "THAWED"); }

private:
    void write(const char* file, const std::string& text) { std::ofstream(path_ / file) << text; }

    fs::path path_;
};

boost::test_tools::assertion_result has_freezer(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(::access((std::string(freezer::where) + "/tasks").c_str(), W_OK) == 0);
    result.message() << "no freezer of cgroup v1 that can be written";
    return result;
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_containment)

BOOST_AUTO_TEST_CASE(hostile_commands_end_by_session) {
    const tugd_under_test tugd({"--cgroup", "off"});
    auto client = tugd.connect();
    for (const auto& h : commands) BOOST_TEST_CONTEXT(h.name) {
            const killer cleanup{sleep_mark()};
            check_ended(tugd, client, h, cleanup.mark);
        }
    const auto result = client.ask("exec", {{"argv", {"true"}}}).result();
    BOOST_TEST(result.at("containment").as_string() == "session");
}

BOOST_AUTO_TEST_CASE(hostile_commands_end_by_cgroup, *boost::unit_test::precondition(has_cgroups)) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    for (const auto& h : commands) BOOST_TEST_CONTEXT(h.name) {
            const killer cleanup{sleep_mark()};
            check_ended(tugd, client, h, cleanup.mark);
        }
}

// What no session can do: the process takes off the mark, its session and its parent.
BOOST_AUTO_TEST_CASE(nobody_escapes_from_a_cgroup, *boost::unit_test::precondition(has_cgroups)) {
    const killer cleanup{sleep_mark()};
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto escape = "(setsid prlimit --rttime=1000000 "
                        "sh -c '(setsid sh -c \"echo here; exec sleep MARK >/dev/null 2>&1\" &)' &) | { read line; }";
    const auto result = client.ask("exec", {{"shell", with_mark(escape, cleanup.mark)}}).result();
    BOOST_TEST(result.at("reason").as_string() == "exited");
    BOOST_TEST(processes_with(cleanup.mark).size() == 0U);
    BOOST_TEST(result.at("containment").as_string() == "cgroup");
}

BOOST_AUTO_TEST_CASE(a_killed_tugd_takes_its_commands_along) {
    for (const std::string how : {"off", "auto"}) {
        const killer run{sleep_mark()};
        const killer kept{sleep_mark()};
        tugd_under_test tugd({"--cgroup", how});
        const tugd_under_test other({"--cgroup", how});
        const killer others{sleep_mark()};
        auto client = tugd.connect();
        auto stranger = other.connect();
        stranger.call("exec", {{"argv", {"sleep", others.mark}}});
        start_some(client, run.mark, kept.mark);
        const auto watcher = new_watcher_of(tugd.pid());
        for (const int ignored : {SIGTERM, SIGINT, SIGHUP}) ::kill(watcher, ignored);
        kill_hard(tugd);
        BOOST_TEST(eventually([&] { return processes_with(run.mark).empty(); }));
        BOOST_TEST(eventually([&] { return has_ended(watcher); }));
        BOOST_TEST(processes_with(kept.mark).size() == 1U);
        BOOST_TEST(eventually([&] { return processes_with(others.mark).size() == 1; }));
    }
}

BOOST_AUTO_TEST_CASE(a_tugd_that_ends_leaves_no_watcher) {
    tugd_under_test tugd;
    const auto watcher = new_watcher_of(tugd.pid());
    BOOST_TEST(tugd.stop() == 0);
    BOOST_TEST(eventually([&] { return has_ended(watcher); }));
}

BOOST_AUTO_TEST_CASE(a_killed_tugd_leaves_its_commands_to_the_next, *boost::unit_test::precondition(has_cgroups)) {
    const killer run{sleep_mark()};
    const killer kept{sleep_mark()};
    {
        tugd_under_test tugd;
        auto client = tugd.connect();
        start_some(client, run.mark, kept.mark);
        kill_hard(tugd, new_watcher_of(tugd.pid()));
    }
    BOOST_TEST(processes_with(run.mark).size() >= 2U);
    const tugd_under_test next;
    BOOST_TEST(processes_with(run.mark).size() == 0U);
    BOOST_TEST(processes_with(kept.mark).size() == 1U);
}

/// As the user to whom the subtree was delegated, and as another one.
BOOST_AUTO_TEST_CASE(the_word_is_cgroup_where_no_command_can_leave_it, *boost::unit_test::precondition(has_cgroups)) {
    const std::string leave = "m=$(awk '/ - cgroup2 / {print $5; exit}' /proc/self/mountinfo); "
                              "c=$m$(sed -n 's/^0:://p' /proc/self/cgroup); [ -f $c/cgroup.procs ] || exit 9; "
                              "{ echo 0 >$c/../cgroup.procs; } 2>/dev/null && echo left || echo held; "
                              "setsid sleep MARK & exec sleep MARK";
    const auto try_to_leave = [&](const std::vector<std::string>& arguments, const launch& how) {
        const killer cleanup{sleep_mark()};
        const tugd_under_test tugd(arguments, how);
        auto client = tugd.connect();
        const auto id = client.call("exec", {{"shell", with_mark(leave, cleanup.mark)}});
        const auto said = client.read(id, "stdout", 5).substr(0, 4);
        client.notify("rpc.cancel", {{"call", id}});
        const auto result = client.wait(id).result();
        BOOST_TEST(processes_with(cleanup.mark).empty());
        BOOST_TEST(result.at("survivors").to_number<int>() == 0);
        return std::string(result.at("containment").as_string()) + ", " + said;
    };
    const temp_dir below; // others may enter it
    fs::permissions(below.path(), fs::perms(0755));
    launch how;
    how.root = below.path().string();
    BOOST_TEST(try_to_leave({"--exec-user", "54321:54322"}, how) == "cgroup, held");
    const delegated_cgroup subtree(54321);
    BOOST_TEST(try_to_leave({"--exec-user", "54321:54322", "--cgroup", subtree.path()}, how) == "session, held");
    how.wrapper = {"/bin/sh", "-c", "echo 0 >$0/cgroup.procs && exec setpriv --reuid=54321 --clear-groups \"$@\"",
                   subtree.path()};
    BOOST_TEST(try_to_leave({"--cgroup", subtree.path()}, how) == "session, left");
}

/// Where /proc tells nothing, nothing is made up.
BOOST_AUTO_TEST_CASE(survivors_that_cannot_be_counted_are_not_told, *boost::unit_test::precondition(can_unshare)) {
    launch how;
    how.wrapper = {"/usr/bin/unshare", "-m", "/bin/sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\""};
    const tugd_under_test tugd({"--cgroup", "off"}, how);
    const auto result = tugd.connect().ask("exec", {{"argv", {"true"}}, {"grace_ms", 0}}).result();
    BOOST_TEST(result.at("exit_code").to_number<int>() == 0);
    BOOST_TEST(!result.contains("survivors"));
}

BOOST_AUTO_TEST_CASE(what_the_kernel_holds_is_a_survivor, *boost::unit_test::precondition(has_freezer)) {
    for (const std::string how : {"off", "auto"}) {
        const killer cleanup{sleep_mark()};
        freezer ice; // before tugd: it is not to wait for it
        const tugd_under_test tugd({"--cgroup", how, "--max-commands", "1"});
        auto client = tugd.connect();
        const auto id = client.call("exec", {{"argv", {"sleep", cleanup.mark}}});
        std::vector<pid_t> running;
        BOOST_TEST_REQUIRE(eventually([&] { return (running = processes_with(cleanup.mark)).size() == 1; }));
        ice.freeze(running.front());
        client.notify("rpc.cancel", {{"call", id}});
        const auto result = client.wait(id).result();
        BOOST_TEST(result.at("reason").as_string() == "cancelled");
        BOOST_TEST(result.at("survivors").to_number<int>() == 1);
        BOOST_TEST(result.at("signal").as_string() == "KILL");
        BOOST_TEST(eventually([&] { return tugd.log().find("survivors") != std::string::npos; }));
        // It counts as a running command as long as it is there.
        BOOST_TEST(client.ask("exec", {{"argv", {"true"}}}).error() == "busy");
        ice.thaw();
        BOOST_TEST(eventually([&] { return client.ask("exec", {{"argv", {"true"}}}).error().empty(); }));
        BOOST_TEST(eventually([&] { return zombies_of(tugd.pid()) == 0; }));
        BOOST_TEST(processes_with(cleanup.mark).size() == 0U);
    }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

// Commands that do what they can to outlive their call, with and without cgroups.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
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
    std::size_t processes; ///< So many at least are there before it is cancelled.
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
    client.notify("rpc.cancel", {{"call", id}});
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

BOOST_AUTO_TEST_CASE(a_killed_tugd_leaves_its_commands_to_the_next, *boost::unit_test::precondition(has_cgroups)) {
    const killer run{sleep_mark()};
    const killer kept{sleep_mark()};
    {
        tugd_under_test tugd;
        auto client = tugd.connect();
        client.call("exec", {{"shell", with_mark("trap '' TERM; setsid sleep MARK & sleep MARK", run.mark)}});
        const auto keep = with_mark("setsid sleep MARK >/dev/null 2>&1 &", kept.mark);
        static_cast<void>(client.ask("exec", {{"shell", keep}, {"keep_children", true}}).result());
        BOOST_TEST_REQUIRE(eventually([&] { return processes_with(run.mark).size() >= 2; }));
        tugd.signal(SIGKILL);
        BOOST_TEST(tugd.wait() == 128 + SIGKILL);
    }
    BOOST_TEST(processes_with(run.mark).size() >= 2U);
    const tugd_under_test next;
    BOOST_TEST(processes_with(run.mark).size() == 0U);
    BOOST_TEST(processes_with(kept.mark).size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_the_kernel_holds_is_a_survivor, *boost::unit_test::precondition(has_freezer)) {
    for (const std::string how : {"off", "auto"}) {
        const killer cleanup{sleep_mark()};
        freezer ice; // before tugd: it is not to wait for it
        const tugd_under_test tugd({"--cgroup", how, "--max-commands", "1"});
        auto client = tugd.connect();
        const auto id = client.call("exec", {{"argv", {"sleep", cleanup.mark}}});
        BOOST_TEST_REQUIRE(eventually([&] { return processes_with(cleanup.mark).size() == 1; }));
        ice.freeze(processes_with(cleanup.mark).front());
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

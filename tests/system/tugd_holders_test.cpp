// The processes that hold jobs, and the one that forks them: killed, replaced, and told of.

#include "support/build_paths.hpp"
#include "support/job_host.hpp"
#include "support/proc.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <csignal>
#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace fs = std::filesystem;
namespace json = boost::json;

namespace tug::test {

namespace {

constexpr const char* fork_server = "tug-fork";

/// That of the tugd that runs; there is one.
pid_t fork_server_of(job_host& h) {
    std::vector<pid_t> all;
    BOOST_TEST(eventually([&] { return (all = children_named(h.tugd().pid(), fork_server)).size() == 1; }));
    BOOST_TEST_REQUIRE(all.size() == 1U);
    return all.front();
}

std::size_t descriptors_of(pid_t pid) {
    const auto all = fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::string message_of(const received_call& failed) {
    return std::string(failed.answer->at("error").at("message").as_string());
}

std::string program_of(pid_t pid) {
    return fs::read_symlink("/proc/" + std::to_string(pid) + "/exe").string();
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_holders)

BOOST_AUTO_TEST_CASE(a_holder_that_waits_for_its_job_may_be_killed) {
    job_host h;
    h.begin("first", "exit 1");
    const auto tugd = h.tugd().pid();
    std::optional<pid_t> spare;
    // It is called so once it can be told of its job; that of "first" has ended.
    static_cast<void>(h.connect().ask("job.wait", on("first")));
    BOOST_TEST(eventually([&] { return (spare = child_named(tugd, "tug-job")).has_value(); }));
    BOOST_REQUIRE(spare.has_value());
    ::kill(*spare, SIGKILL);
    BOOST_TEST(eventually([&] { return has_ended(*spare); }));
    BOOST_TEST(h.begin("second", "exit 2").at("new").as_bool());
    auto client = h.connect();
    BOOST_TEST(client.ask("job.wait", on("second")).at("exit_code") == "2");
    BOOST_TEST(eventually([&] { return child_named(tugd, "tug-job").has_value(); }));
    const auto last = child_named(tugd, "tug-job");
    BOOST_TEST(h.tugd().stop() == 0);
    BOOST_TEST(eventually([&] { return has_ended(*last); }));
    h.start();
}

/// Also where a signal comes while a holder ends: the end of a process that the command left behind.
BOOST_AUTO_TEST_CASE(holders_end_with_their_jobs) {
    job_host h;
    auto client = h.connect();
    constexpr int rounds = 8;
    for (int round = 0; round < rounds; ++round) {
        std::vector<std::string> names;
        for (int n = 0; n < 16; ++n) names.push_back("j" + std::to_string(round) + "-" + std::to_string(n));
        for (const auto& name : names) h.begin(name, "for n in 1 2 3 4; do (true &) ; done");
        for (const auto& name : names) static_cast<void>(client.ask("job.wait", on(name)));
    }
    const auto tugd = h.tugd().pid();
    BOOST_TEST(eventually([&] { return children_named(tugd, "tug-job").size() <= 1U; })); // the one that is kept ready
}

/// By its cgroup, and where there are none by the mark of its processes.
BOOST_DATA_TEST_CASE(a_killed_holder_is_told_as_lost_and_its_tree_ends, (std::vector<std::string>{"auto", "off"}),
                     cgroup) {
    job_host h({"--cgroup", cgroup});
    h.begin("lost", "setsid sleep 4321 & echo $!; exec sleep 4321");
    auto client = h.connect();
    BOOST_TEST(eventually([&] { return read_file(h.file("lost", "stdout")).ends_with('\n'); }));
    const auto child = static_cast<pid_t>(std::stoi(read_file(h.file("lost", "stdout"))));
    const auto waiting = client.call("job.wait", on("lost"));
    ::kill(h.holder_of("lost"), SIGKILL);
    const auto& waited = client.wait(waiting);
    BOOST_TEST(waited.error() == "job_lost");
    BOOST_TEST(message_of(waited).find("SIGKILL") != std::string::npos);
    BOOST_TEST(eventually([&] { return has_ended(child); }));
    BOOST_TEST(client.ask("job.status", on("lost")).at("state") == "\"lost\"");
    const auto id = client.call("job.attach", on("lost"));
    BOOST_TEST(client.wait(id).error() == "job_lost");
    BOOST_TEST(!client.output(id, "stdout").empty()); // what is kept of it
    BOOST_TEST(h.tugd().log().find("why=\"ended by SIGKILL\"") != std::string::npos);
    h.kill_tugd();
    const auto told = h.connect().ask("job.status", on("lost")).result();
    BOOST_TEST(told.at("state") == "lost");
    BOOST_TEST(told.at("why") == "ended by SIGKILL");
}

/// Its job has a name by then, and its command did not run.
BOOST_AUTO_TEST_CASE(a_holder_is_killed_while_it_starts_its_job) {
    launch how;
    how.env = {{"LD_PRELOAD", bin_dir() + "/hanging_sync.so"}};
    const temp_dir state;
    const tugd_under_test tugd({"--state-dir", state / "state"}, how);
    auto client = tugd.connect();
    const json::object params{{"job", "lost"}, {"argv", json::array{"sh", "-c", "echo > ran"}}};
    const auto starting = client.call("job.start", params);
    BOOST_REQUIRE(eventually([&] { return fs::exists(state / "state/jobs/no-key/lost"); }));
    const auto holder = child_named(tugd.pid(), "tug-job");
    BOOST_REQUIRE(holder.has_value());
    ::kill(*holder, SIGKILL);
    const auto& started = client.wait(starting);
    BOOST_TEST(started.error() == "job_lost");
    BOOST_TEST(message_of(started).find("SIGKILL") != std::string::npos);
    BOOST_TEST(client.ask("job.start", params).at("new") == "false");
    BOOST_TEST(client.ask("job.status", on("lost")).at("state") == "\"lost\"");
}

#ifndef TUG_SANITIZED // a sanitizer takes the signal for itself
/// A crash is another matter than a kill: the holder itself says what it was, also where its tugd is gone.
BOOST_AUTO_TEST_CASE(the_last_words_of_a_holder_are_told) {
    job_host h;
    h.begin("crashed", "exec sleep 4321");
    const auto holder = h.holder_of("crashed");
    h.tugd().signal(SIGKILL);
    BOOST_TEST(h.tugd().wait() == 128 + SIGKILL);
    ::kill(holder, SIGSEGV);
    BOOST_TEST(eventually([&] { return has_ended(holder); }));
    h.start();
    auto client = h.connect();
    const auto& lost = client.ask("job.wait", on("crashed"));
    BOOST_TEST(lost.error() == "job_lost");
    BOOST_TEST(message_of(lost).find("SIGSEGV") != std::string::npos);
    BOOST_TEST(client.ask("job.status", on("crashed")).at("why") == "\"ended by SIGSEGV\"");
}
#endif

BOOST_AUTO_TEST_CASE(a_job_with_a_result_keeps_no_words) {
    job_host h;
    h.begin("ended", "exit 0");
    BOOST_TEST(h.connect().ask("job.wait", on("ended")).error() == "");
    BOOST_TEST(eventually([&] { return !fs::exists(h.file("ended", "holder.log")); }));
}

BOOST_AUTO_TEST_CASE(a_killed_fork_server_costs_no_job) {
    job_host h;
    h.begin("before", "read x; exit 3", {{"stdin", true}});
    const auto first = fork_server_of(h);
    const auto holder = h.holder_of("before");
    BOOST_TEST(eventually([&] { return children_named(h.tugd().pid(), "tug-job").size() == 2; }));
    ::kill(first, SIGKILL);
    for (const auto pid : children_named(h.tugd().pid(), "tug-job")) {
        if (pid == holder) continue;
        ::kill(pid, SIGKILL); // so that the next job needs another one
        BOOST_TEST(eventually([&] { return has_ended(pid); }));
    }
    BOOST_TEST(eventually([&] { return has_ended(first); }));
    for (const std::string name : {"forked", "next"}) BOOST_TEST(h.begin(name, "exit 2").at("new").as_bool());
    BOOST_TEST(fork_server_of(h) != first);
    auto client = h.connect();
    const boost::json::object writes{{"job", "before"}, {"stdin", true}};
    const auto id = client.call("job.attach", writes);
    static_cast<void>(client.write(id, "stdin", "x\n"));
    BOOST_TEST(client.wait(id).at("exit_code") == "3");
    BOOST_TEST(client.ask("job.wait", on("forked")).at("exit_code") == "2");
}

/// A start whose fork server is killed meanwhile is made with another one, or refused by name; never twice.
BOOST_AUTO_TEST_CASE(a_fork_server_is_killed_while_jobs_are_started) {
    constexpr int jobs = 60;
    job_host h;
    h.begin("first", "exit 0");
    const auto tugd = h.tugd().pid();
    std::atomic<bool> over = false;
    std::thread killer([&] {
        while (!over)
            for (const auto pid : children_named(tugd, fork_server)) ::kill(pid, SIGKILL);
    });
    const auto marker = h.tugd().in_root("ran");
    auto client = h.connect();
    std::vector<std::string> started;
    for (int n = 0; n < jobs; ++n) {
        const auto name = "j" + std::to_string(n);
        const auto script = "echo " + name + " >> " + marker;
        const boost::json::object asked{{"job", name}, {"argv", boost::json::array{"sh", "-c", script}}};
        const auto& answered = client.ask("job.start", asked);
        if (answered.error().empty())
            started.push_back(name);
        else
            BOOST_TEST(answered.error() == "internal_error");
    }
    over = true;
    killer.join();
    std::string all;
    for (const auto& name : started) {
        BOOST_TEST(client.ask("job.wait", on(name)).at("exit_code") == "0");
        all += name + "\n";
    }
    BOOST_TEST((started.empty() || read_file(marker) == all));
    BOOST_TEST(h.begin("last", "exit 0").at("new").as_bool());
}

BOOST_AUTO_TEST_CASE(a_fork_server_ends_with_its_tugd) {
    job_host h;
    h.begin("goes-on", "exec sleep 4321");
    const auto first = fork_server_of(h);
    h.kill_tugd();
    BOOST_TEST(eventually([&] { return has_ended(first); }));
    BOOST_TEST(h.connect().ask("job.status", on("goes-on")).at("state") == "\"running\"");
    h.begin("second", "exit 0");
    const auto second = fork_server_of(h);
    BOOST_TEST(h.tugd().stop() == 0);
    BOOST_TEST(eventually([&] { return has_ended(second); }));
    h.start();
}

BOOST_AUTO_TEST_CASE(another_tugd_has_holders_of_its_own_program) {
    const temp_dir dir;
    job_host h;
    const auto before = program_of(h.tugd().pid());
    fs::copy_file(before, dir / "tugd");
    h.begin("old", "exec sleep 4321");
    BOOST_TEST(program_of(h.holder_of("old")) == before);
    BOOST_TEST(h.tugd().stop() == 0);
    h.start(dir / "tugd");
    h.begin("new", "exec sleep 4321");
    BOOST_TEST(program_of(h.holder_of("old")) == before);
    BOOST_TEST(program_of(h.holder_of("new")) == fs::canonical(dir / "tugd").string());
}

/// What is left of a lost job is ended by a mark, which is each holder's own.
BOOST_AUTO_TEST_CASE(a_killed_holder_takes_no_other_job_along) {
    job_host h;
    h.begin("lost", "exec sleep 4321");
    h.begin("stays", "exec sleep 4321");
    ::kill(h.holder_of("lost"), SIGKILL);
    auto client = h.connect();
    BOOST_TEST(client.ask("job.wait", on("lost")).error() == "job_lost");
    BOOST_TEST(client.ask("job.status", on("stays")).at("state") == "\"running\"");
    BOOST_TEST(client.ask("job.cancel", on("stays")).error() == "");
    BOOST_TEST(client.ask("job.wait", on("stays")).at("reason") == "\"cancelled\"");
}

BOOST_AUTO_TEST_CASE(starts_leave_no_descriptor) {
    job_host h;
    const auto run = [&](int count, const std::string& name) {
        auto client = h.connect();
        for (int n = 0; n < count; ++n) {
            h.begin(name + std::to_string(n), "exit 0");
            BOOST_TEST(client.ask("job.wait", on(name + std::to_string(n))).error() == "");
        }
    };
    run(2, "a");
    const auto server = fork_server_of(h);
    BOOST_TEST(eventually([&] { return child_named(h.tugd().pid(), "tug-job").has_value(); }));
    const auto before = descriptors_of(server);
    const auto of_tugd = descriptors_of(h.tugd().pid());
    constexpr int jobs = 20;
    run(jobs, "b");
    BOOST_TEST(eventually([&] { return descriptors_of(server) == before; }));
    BOOST_TEST(eventually([&] { return descriptors_of(h.tugd().pid()) <= of_tugd; }));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

#include "process/cgroup.hpp"

#include "process_support.hpp"

#include "process/cgroup_home.hpp"
#include "process/tag.hpp"
#include "support/proc.hpp"

#include <csignal>
#include <cstring>

namespace {

namespace fs = std::filesystem;
using namespace tug::service;
using namespace tug::test;
using namespace std::chrono_literals;

std::string usable_parent() {
    auto home = cgroup_home::open("auto");
    return home ? (*home)->parent() : std::string();
}

/// Only root, or the owner of a delegated subtree, has a cgroup v2 to work in.
boost::test_tools::assertion_result has_cgroups(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(!usable_parent().empty());
    result.message() << "no cgroup v2 that can be written";
    return result;
}

boost::test_tools::assertion_result is_root(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(::geteuid() == 0);
    result.message() << "only root can give a file to another user";
    return result;
}

struct fixture : processes {
    fixture() : home(cgroup_home::open("auto").value()) {}

    running start_in(const cgroup& group, const std::string& script, tug::service::spawner& by) {
        auto out = make_pipe();
        auto r = request({"/bin/sh", "-c", script});
        r.stdout_fd = out.write.get();
        r.cgroup_fd = group.directory();
        auto process = on_pool([&] { return by.spawn(r); });
        BOOST_REQUIRE(process.has_value());
        return {std::move(*process), std::move(out.read)};
    }

    /// The directory of this home, the only unlocked or locked one that holds `group`.
    [[nodiscard]] fs::path path_of(const std::string& group) const {
        for (const auto& entry : fs::directory_iterator(home->parent())) {
            if (entry.path().filename().string().starts_with("tugd-" + std::to_string(::getpid()) + "-") &&
                fs::exists(entry.path() / group))
                return entry.path() / group;
        }
        return {};
    }

    std::unique_ptr<cgroup_home> home;
    tug::service::spawner by_clone{2, clone_call::clone};
};

pid_t read_pid(const running& from) {
    return static_cast<pid_t>(std::stol(read_line(from.out.get())));
}

/// Sheds its tag, its session and its parent, prints its pid and stays: the caller's script ends at once.
const std::string escape =
    "(setsid prlimit --rttime=1000000 sh -c '(setsid sh -c \"echo \\$\\$; exec sleep 1000\" &)' &); ";

} // namespace

BOOST_AUTO_TEST_SUITE(cgroup_test, *boost::unit_test::precondition(has_cgroups))

BOOST_FIXTURE_TEST_CASE(a_child_is_in_it_from_its_first_instruction, fixture) {
    const std::string in_shell = "while read l; do case $l in 0::*) echo $l;; esac; done </proc/self/cgroup; "
                                 "exec sleep 1000"; // no other process
    for (auto* by : {&spawner, &by_clone}) {
        const auto lent = home->lend(false);
        BOOST_REQUIRE(lent.get() != nullptr);
        BOOST_TEST(lent.get()->empty());
        const auto root = start_in(*lent.get(), in_shell, *by);
        BOOST_TEST(root.process.in_cgroup());
        const auto line = read_line(root.out.get());
        BOOST_TEST(line.ends_with("/" + lent.get()->name()), line);
        BOOST_TEST(!lent.get()->empty());
        BOOST_TEST((lent.get()->procs() == std::vector<pid_t>{root.process.pid()}));
        lent.get()->kill();
        BOOST_TEST(root.await_end().si_status == SIGKILL);
        BOOST_TEST(lent.get()->await_empty(5s)); // though the root is a zombie still
    }
}

BOOST_FIXTURE_TEST_CASE(one_that_cannot_be_had_keeps_no_program_from_starting, fixture) {
    const command_dir plain;
    const auto fd = plain.open();
    for (auto* by : {&spawner, &by_clone}) {
        auto r = request({"true"});
        r.cgroup_fd = fd.get();
        const auto process = on_pool([&] { return by->spawn(r); });
        BOOST_REQUIRE(process.has_value());
        BOOST_TEST(!process->in_cgroup());
    }
}

BOOST_FIXTURE_TEST_CASE(who_sheds_every_mark_is_still_found, fixture) {
    const auto lent = home->lend(false);
    const auto root = start_in(*lent.get(), escape, spawner);
    const auto escaped = read_pid(root);
    root.await_end();
    BOOST_TEST(tag_of(escaped).value() == 0U);
    // Without the cgroup it belongs to no command.
    BOOST_TEST(kill_all(root.call()));
    BOOST_TEST(is_running(escaped));
    const call_processes call{root.process.pid(), root.process.tag(), lent.get()};
    BOOST_TEST(any_left(call));
    BOOST_TEST(eventually([&] { return count_left(call) == 1U; })); // those between it and the root are on their way
    BOOST_TEST(kill_all(call));
    BOOST_TEST(!is_running(escaped));
    BOOST_TEST(!any_left(call));
    BOOST_TEST((count_left(call) == 0U));
}

BOOST_FIXTURE_TEST_CASE(signals_reach_who_is_known_by_it_alone, fixture) {
    const auto lent = home->lend(false);
    const auto root = start_in(*lent.get(), escape, spawner);
    const auto escaped = read_pid(root);
    root.await_end();
    const call_processes call{root.process.pid(), root.process.tag(), lent.get()};
    BOOST_TEST(signal_all(call, {SIGTERM}) >= 1U); // those between it and the root may be on their way
    BOOST_TEST(lent.get()->await_empty(5s));
    BOOST_TEST(!is_running(escaped));
    BOOST_TEST(kill_all(call)); // reaps
}

BOOST_FIXTURE_TEST_CASE(a_storm_of_forks_ends, fixture) {
    const auto lent = home->lend(false);
    const auto root = start_in(*lent.get(),
                               "storm() { trap '' TERM; while :; do (setsid sleep 1000 &); done; }; "
                               "echo $$; for i in 1 2 3; do storm & done; wait",
                               spawner);
    read_pid(root);
    const call_processes call{root.process.pid(), root.process.tag(), lent.get()};
    BOOST_TEST(kill_all(call));
    BOOST_TEST(lent.get()->empty());
}

BOOST_FIXTURE_TEST_CASE(empty_ones_are_used_again, fixture) {
    auto lent = home->lend(false);
    const auto name = lent.get()->name();
    const auto other = home->lend(false);
    BOOST_TEST(other.get()->name() != name);
    lent.give_back();
    BOOST_TEST(lent.get() == nullptr);
    BOOST_TEST(home->lend(false).get()->name() == name);
}

// The kernel would kill the next command that is started in it.
BOOST_FIXTURE_TEST_CASE(one_that_was_killed_is_not_used_again, fixture) {
    auto lent = home->lend(false);
    const auto name = lent.get()->name();
    lent.get()->kill();
    lent.give_back();
    const auto next = home->lend(false);
    BOOST_TEST(next.get()->name() != name);
    const auto root = start_in(*next.get(), "echo ready; exec sleep 1000", spawner);
    BOOST_TEST(read_line(root.out.get()) == "ready");
}

BOOST_FIXTURE_TEST_CASE(one_that_is_not_empty_goes_when_it_is, fixture) {
    auto lent = home->lend(true);
    const auto name = lent.get()->name();
    BOOST_TEST(name.starts_with("keep-"));
    const auto root = start_in(*lent.get(), "echo $$; exec sleep 1000", spawner);
    read_pid(root);
    const auto path = path_of(name);
    BOOST_REQUIRE(!path.empty());
    lent.give_back();
    BOOST_TEST(home->lend(false).get()->name() != name);
    BOOST_TEST(fs::exists(path)); // as long as something runs in it
    ::kill(root.process.pid(), SIGKILL);
    root.await_end();
    BOOST_TEST(cgroup::open(::open(path.parent_path().c_str(), O_RDONLY | O_CLOEXEC), name)->await_empty(5s));
    static_cast<void>(home->lend(false));
    BOOST_TEST(!fs::exists(path));
}

BOOST_FIXTURE_TEST_CASE(a_home_leaves_nothing, fixture) {
    {
        auto lent = home->lend(false);
        BOOST_TEST(!path_of(lent.get()->name()).empty());
        fs::create_directory(path_of(lent.get()->name()) / "made-by-a-privileged-command");
    }
    const fs::path parent = home->parent();
    home.reset();
    for (const auto& entry : fs::directory_iterator(parent))
        BOOST_TEST(!entry.path().filename().string().starts_with("tugd-" + std::to_string(::getpid()) + "-"));
}

BOOST_FIXTURE_TEST_CASE(what_others_left_is_looked_for_where_that_is_asked_for, fixture) {
    const fs::path parent = home->parent();
    const auto left = parent / "tugd-1-0123456789abcdef";
    const auto own = parent / "another-0123456789abcdef";
    for (const auto& one : {left, left / "run-1", own}) fs::create_directory(one);
    const auto beside = cgroup_home::open_beside(parent);
    BOOST_REQUIRE(beside != nullptr);
    BOOST_TEST(beside->lend(false).get() != nullptr);
    BOOST_TEST(fs::exists(left));
    beside->remove_leftovers();
    BOOST_TEST(!fs::exists(left));
    BOOST_TEST(fs::exists(own));
    fs::remove(own);
    BOOST_TEST(cgroup_home::open_beside("") == nullptr);
}

BOOST_FIXTURE_TEST_CASE(it_holds_who_may_not_write_above_it, fixture, *boost::unit_test::precondition(is_root)) {
    const fs::path parent = fs::path(home->parent()) / ("tug-test-" + std::to_string(::getpid()));
    fs::create_directory(parent);
    const auto procs = parent / "cgroup.procs";
    {
        const auto inner = cgroup_home::open(parent).value();
        const account root{};
        const account stranger{54321, 54322, {54323}, "", "", ""};
        const auto owned = [&](uid_t user, gid_t group, mode_t mode) {
            if (::chown(procs.c_str(), user, group) != 0 || ::chmod(procs.c_str(), mode) != 0)
                return std::string("error");
            return std::string(inner->holds(&stranger) ? "holds" : "does not");
        };
        BOOST_TEST(inner->holds(&root));
        BOOST_TEST(inner->holds(nullptr) == (::geteuid() == 0));
        BOOST_TEST(owned(0, 0, 0644) == "holds");
        BOOST_TEST(owned(0, 54323, 0644) == "holds");
        BOOST_TEST(owned(0, 54323, 0664) == "does not");
        BOOST_TEST(owned(0, 54322, 0664) == "does not");
        BOOST_TEST(owned(0, 0, 0646) == "does not");
        BOOST_TEST(owned(54321, 0, 0444) == "does not");
        BOOST_TEST(owned(0, 0, 0644) == "holds");
    }
    fs::remove(parent);
    BOOST_TEST(!(*cgroup_home::open("off"))->holds(nullptr));
}

BOOST_AUTO_TEST_CASE(a_directory_that_is_named_must_do) {
    BOOST_TEST((*cgroup_home::open("off"))->parent() == "");
    BOOST_TEST((*cgroup_home::open("off"))->lend(false).get() == nullptr);
    BOOST_TEST((cgroup_home::open("/tmp").error().code == tug::proto::errc::not_found)); // ENOTDIR
    BOOST_TEST((cgroup_home::open("/no/such").error().code == tug::proto::errc::not_found));
    BOOST_TEST((*cgroup_home::open(usable_parent()))->parent() == usable_parent());
}

BOOST_AUTO_TEST_SUITE_END()

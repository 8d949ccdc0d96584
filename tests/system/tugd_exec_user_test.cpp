// --exec-user: commands run as another user, and are still the daemon's to end.

#include "support/build_paths.hpp"
#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace utf = boost::unit_test;

namespace tug::test {

namespace {

boost::test_tools::assertion_result is_root(utf::test_unit_id) {
    boost::test_tools::assertion_result yes(::geteuid() == 0);
    yes.message() << "only root can start commands as another user";
    return yes;
}

/// A root directory that others may enter: those of tests are for their owner alone.
struct open_root {
    temp_dir dir;

    open_root() { std::filesystem::permissions(dir.path(), std::filesystem::perms(0755)); }

    [[nodiscard]] launch how() const {
        launch l;
        l.root = dir.path().string();
        return l;
    }

    static std::string output(wire_client& client, const std::string& script) {
        const auto id = client.call("exec", {{"shell", script}});
        static_cast<void>(client.wait(id).result());
        return client.output(id, "stdout") + client.output(id, "stderr");
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(tugd_exec_user, open_root)

BOOST_AUTO_TEST_CASE(it_is_that_user, *utf::precondition(is_root)) {
    const tugd_under_test tugd({"--exec-user", "nobody"}, how());
    auto client = tugd.connect();
    const auto expected = run({"/usr/bin/id", "nobody"}).out;
    BOOST_TEST(output(client, "id") == expected);
    BOOST_TEST(output(client, "echo $USER $LOGNAME $HOME") == "nobody nobody /nonexistent\n");
    BOOST_TEST(output(client, "echo a >/dev/stdout; echo b >/dev/stderr") == "a\nb\n"); // its own pipes
    BOOST_TEST(output(client, "touch file 2>/dev/null || echo denied") == "denied\n");
    BOOST_TEST(client.put("file", "content").error() == ""); // as tugd
    BOOST_TEST(output(client, "stat -c %U file") == "root\n");
}

/// As the client names it, by the command line.
BOOST_AUTO_TEST_CASE(of_one_command, *utf::precondition(is_root)) {
    const tugd_under_test tugd({}, how());
    const auto tug = [&](std::vector<std::string> flags) {
        flags.insert(flags.begin(), {bin_dir() + "/tug", "exec"});
        flags.insert(flags.end(), {tugd.address(), "--", "sh", "-c", "id -un; id -gn"});
        return run(std::move(flags));
    };
    BOOST_TEST(tug({}).out == "root\nroot\n");
    BOOST_TEST(tug({"-u", "nobody"}).out == "nobody\nnogroup\n");
    BOOST_TEST(tug({"--user", "nobody:daemon"}).out == "nobody\ndaemon\n");
    const auto unknown = tug({"-u", "no-such-user"});
    BOOST_TEST(unknown.exit_code == 125);
    BOOST_TEST(unknown.err.find("invalid_params") != std::string::npos, unknown.err);
}

BOOST_AUTO_TEST_CASE(by_numbers, *utf::precondition(is_root)) {
    const tugd_under_test tugd({"--exec-user", "54321:54322"}, how());
    auto client = tugd.connect();
    BOOST_TEST(output(client, "id -u; id -g; id -G") == "54321\n54322\n54322\n");
    BOOST_TEST(output(client, "echo $HOME ${USER-unset}") == "/ unset\n");
}

BOOST_AUTO_TEST_CASE(its_tree_is_ended, *utf::precondition(is_root)) {
    const auto mark = sleep_mark();
    const tugd_under_test tugd({"--exec-user", "nobody"}, how());
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"shell", "trap '' TERM; setsid sleep " + mark + " & sleep " + mark}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 3; }));
    client.notify("rpc.cancel", {{"call", id}});
    BOOST_TEST(client.wait(id).result().at("reason").as_string() == "cancelled");
    BOOST_TEST(processes_with(mark).size() == 0U);
    const auto second = client.call("exec", {{"argv", {"sleep", mark}}});
    BOOST_TEST_REQUIRE(eventually([&] { return processes_with(mark).size() == 1; }));
    BOOST_TEST(client.ask("exec.signal", {{"call", second}, {"signal", "INT"}}).error() == "");
    BOOST_TEST(client.wait(second).result().at("signal").as_string() == "INT");
}

BOOST_AUTO_TEST_CASE(a_directory_that_it_may_not_enter, *utf::precondition(is_root)) {
    const tugd_under_test tugd({"--exec-user", "nobody"}, how());
    std::filesystem::create_directory(dir / "private");
    std::filesystem::permissions(dir / "private", std::filesystem::perms(0700));
    BOOST_TEST(tugd.connect().ask("exec", {{"argv", {"true"}}, {"cwd", "private"}}).error() == "permission_denied");
}

/// Another user than root is refused at once.
BOOST_AUTO_TEST_CASE(it_takes_root, *utf::precondition(is_root)) {
    const auto r = run({"/usr/bin/setpriv", "--reuid=54321", "--regid=54321", "--clear-groups", bin_dir() + "/tugd",
                        "--no-auth", "--listen", "127.0.0.1:0", "--exec-user", "nobody"});
    BOOST_TEST(r.exit_code == 1);
    BOOST_TEST(r.err.find("root") != std::string::npos, r.err);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

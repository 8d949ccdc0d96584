// exec with `login` and `user`.

#include "support/test_server.hpp"

#include "tug/service/options.hpp"

#include <boost/test/unit_test.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

namespace {

using namespace tug::test;

struct connected {
    connected() {
        how.with_keys = true;
        how.lines = {{"deploy", "exec user=nobody user=daemon:* user=n*"}, {"git", "exec argv0=git user=nobody"}};
    }

    server_setup how;

    static bool is_root() { return ::geteuid() == 0; }

    /// Other users have to enter the root, which is the directory of a test.
    static void let_all_in(const test_server& server) { BOOST_REQUIRE(::chmod(server.in_root("").c_str(), 0755) == 0); }
};

std::string run_as(std::string_view user, std::string_view script) {
    return R"({"user":")" + std::string(user) + R"(","shell":)" + json_text(script) + "}";
}

BOOST_FIXTURE_TEST_SUITE(server_exec_user_test, connected)

BOOST_AUTO_TEST_CASE(a_login_shell) {
    how.adjust = [](tug::service::options& o) { o.root = "/"; };
    const test_server server(how);
    auto c = server.connect();
    const auto id = c.call("exec", R"({"login":true,"stdin":true,"env":{"LC_ALL":"C"}})");
    c.write(id, "stdin", "echo $0; echo $USER $LOGNAME; echo $HOME; echo $SHELL; id -un; pwd -P; cd -P ~; pwd -P\n",
            true);
    const auto& answer = c.wait(id);
    const auto& text = answer.text("stdout");
    BOOST_TEST(answer.at("exit_code") == "0");
    BOOST_TEST(text.starts_with("-"), text);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        lines.push_back(text.substr(at, text.find('\n', at) - at));
    BOOST_REQUIRE(lines.size() == 7U);
    BOOST_TEST(lines[3].ends_with("/" + lines[0].substr(1)));
    BOOST_TEST(lines[1] == lines[4] + " " + lines[4]);
    BOOST_TEST(lines[5] == lines[6]); // it began in its home
}

/// What `ssh HOST LINE` does.
BOOST_AUTO_TEST_CASE(a_line_for_the_shell_of_the_user) {
    how.adjust = [](tug::service::options& o) { o.root = "/"; };
    const test_server server(how);
    auto c = server.connect();
    const auto& answer =
        c.ask("exec", R"({"login":true,"shell":"echo \"$SHELL:$0:$USER\"; cd -P .; pwd; cd -P ~; pwd"})");
    const auto& text = answer.text("stdout");
    BOOST_TEST(answer.at("exit_code") == "0");
    const auto first = text.substr(0, text.find('\n'));
    const auto shell = first.substr(0, first.find(':'));
    BOOST_TEST(first.starts_with(shell + ":" + shell.substr(shell.rfind('/') + 1) + ":"), first);
    const auto rest = text.substr(first.size() + 1);
    BOOST_TEST(rest.substr(0, rest.size() / 2) == rest.substr(rest.size() / 2)); // it began in its home
    auto git = server.connect("git");
    BOOST_TEST(git.ask("exec", R"({"login":true,"shell":"git"})").error() == "permission_denied");
}

/// Where the home is not below the root, it begins in the root; a cwd is a cwd.
BOOST_AUTO_TEST_CASE(a_login_elsewhere) {
    const test_server server(how);
    auto c = server.connect();
    c.ask("exec", R"({"argv":["mkdir","sub"]})");
    for (const auto* where : {"", "/sub"}) {
        const auto cwd = *where != '\0' ? std::string(R"(,"cwd":"/sub")") : std::string();
        const auto id = c.call("exec", R"({"login":true,"stdin":true)" + cwd + "}");
        c.write(id, "stdin", "pwd\n", true);
        BOOST_TEST(c.wait(id).text("stdout") ==
                   server.in_root("").substr(0, server.in_root("").size() - 1) + where + "\n");
    }
    BOOST_TEST(c.ask("exec", R"({"login":true,"argv":["x"]})").data("field") == R"("login")");
    BOOST_TEST(c.ask("exec", R"({"login":true,"shell":"x","argv":["x"]})").data("field") == R"("login")");
    BOOST_TEST(c.ask("exec", R"({"login":false})").data("field") == R"("argv")");
}

BOOST_AUTO_TEST_CASE(another_user) {
    if (!is_root()) return;
    const test_server server(how);
    let_all_in(server);
    auto c = server.connect("deploy");
    BOOST_TEST(
        c.ask("exec", run_as("nobody", "id -un; id -gn; echo $HOME $USER; echo >/dev/stdout again")).text("stdout") ==
        "nobody\nnogroup\n/nonexistent nobody\nagain\n");
    BOOST_TEST(c.ask("exec", run_as("daemon:adm", "id -un; id -gn")).text("stdout") == "daemon\nadm\n");
    const auto* terminal =
        R"x({"user":"nobody","shell":"stat -c %U $(tty); echo typed >$(tty)","pty":{"rows":1,"cols":1}})x";
    BOOST_TEST(c.ask("exec", terminal).text("stdout") == "nobody\r\ntyped\r\n");
    BOOST_TEST(c.ask("exec", R"({"user":"nobody","login":true})").text("stdout").find("not available") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(users_that_are_refused) {
    if (!is_root()) return;
    const test_server server(how);
    auto c = server.connect("deploy");
    for (const auto* user : {"root", "0", "daemon", "65534", "root:adm"}) {
        const auto& answer = c.ask("exec", run_as(user, "id"));
        BOOST_TEST(answer.error() == "permission_denied", user);
        BOOST_TEST(answer.data("need") == R"("exec")");
    }
    BOOST_TEST(c.ask("exec", run_as("no-such-user", "id")).data("field") == R"("user")");
    BOOST_TEST(c.ask("exec", run_as("daemon:no-such-group", "id")).data("field") == R"("user")");
    BOOST_TEST(c.ask("exec", run_as("", "id")).data("field") == R"("user")");
    BOOST_TEST(server.connect("all").ask("exec", run_as("nobody", "id")).error() == "permission_denied");
    auto git = server.connect("git");
    BOOST_TEST(git.ask("exec", R"({"user":"nobody","login":true})").error() == "permission_denied");
    BOOST_TEST(git.ask("exec", R"({"login":true})").error() == "permission_denied");
}

/// Whom the operator has commands run as is changed by a key alone.
BOOST_AUTO_TEST_CASE(beside_the_user_that_is_set) {
    if (!is_root()) return;
    server_setup open;
    const test_server as_it_likes(open);
    let_all_in(as_it_likes);
    BOOST_TEST(as_it_likes.connect().ask("exec", run_as("nobody", "id -un")).text("stdout") == "nobody\n");
    open.adjust = [](tug::service::options& o) { o.exec_user = "daemon"; };
    const test_server set(open);
    let_all_in(set);
    auto c = set.connect();
    BOOST_TEST(c.ask("exec", run_as("root", "id -un")).error() == "permission_denied");
    BOOST_TEST(c.ask("exec", R"({"shell":"id -un"})").text("stdout") == "daemon\n");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

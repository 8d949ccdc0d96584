// What a command gets from tugd, and what it does not.

#include "support/proc.hpp"
#include "support/tugd_under_test.hpp"

#include <boost/test/unit_test.hpp>

#include <pwd.h>
#include <unistd.h>

#include <exception>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tug::test {

namespace {

std::string output_of(wire_client& client, boost::json::object params) {
    const auto id = client.call("exec", params);
    const auto result = client.wait(id).result();
    BOOST_TEST(result.at("reason").as_string() == "exited");
    BOOST_TEST(result.at("exit_code").to_number<int>() == 0);
    return client.output(id, "stdout");
}

std::vector<std::string> words_of(const std::string& text) {
    std::istringstream in(text);
    std::vector<std::string> words;
    for (std::string word; in >> word;) words.push_back(word);
    return words;
}

/// Soft and hard of a line of /proc/PID/limits.
std::string limit(std::string_view name, const std::string& text) {
    const auto at = text.find(name);
    BOOST_TEST_REQUIRE(at != std::string::npos);
    const auto words = words_of(text.substr(at + name.size()));
    return words.at(0) + " " + words.at(1);
}

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_spawn)

BOOST_AUTO_TEST_CASE(three_descriptors_and_no_other) {
    const tugd_under_test tugd;
    std::vector<wire_client> crowd;
    for (int i = 0; i < 200; ++i) crowd.push_back(tugd.connect());
    for (int i = 0; i < 8; ++i) {
        // A put under way has its file and its directory open.
        auto& client = crowd[static_cast<std::size_t>(i)];
        const auto id = client.call("put", {{"path", std::string(1, static_cast<char>('a' + i))}});
        client.write(id, "data", "half of it", false);
        static_cast<void>(client.ask("rpc.ping").result());
    }
    for (int i = 0; i < 20; ++i) {
        // ls itself opens the directory, as the next free number.
        const auto seen = output_of(crowd.back(), {{"argv", {"/bin/ls", "/proc/self/fd"}}, {"stdin", i % 2 == 1}});
        BOOST_TEST(seen == "0\n1\n2\n3\n");
    }
    const auto null = output_of(crowd.back(), {{"argv", {"readlink", "/proc/self/fd/0"}}});
    BOOST_TEST(null == "/dev/null\n");
}

BOOST_AUTO_TEST_CASE(default_signals) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto status = output_of(client, {{"argv", {"/bin/cat", "/proc/self/status"}}});
    for (const auto* name : {"SigBlk", "SigIgn", "SigCgt", "SigPnd"})
        BOOST_TEST(value_of(name, status) == "0000000000000000", name);
}

BOOST_AUTO_TEST_CASE(a_session_of_its_own) {
    const tugd_under_test tugd;
    auto client = tugd.connect();
    const auto stat = output_of(client, {{"argv", {"/bin/cat", "/proc/self/stat"}}});
    const auto fields = words_of(stat.substr(stat.rfind(')') + 1));
    const auto pid = words_of(stat).at(0);
    BOOST_TEST(fields.at(2) == pid); // process group
    BOOST_TEST(fields.at(3) == pid); // session
    BOOST_TEST(fields.at(4) == "0"); // terminal
}

BOOST_AUTO_TEST_CASE(the_limits_that_tugd_was_started_with) {
    launch how;
    how.wrapper = {"/usr/bin/prlimit", "--nofile=500:1000", "--core=12288:40960", "--"};
    how.env = with_asan_options("disable_coredump=0");
    const tugd_under_test tugd({}, how);
    auto client = tugd.connect();
    const auto child = output_of(client, {{"argv", {"/bin/cat", "/proc/self/limits"}}});
    BOOST_TEST(limit("Max open files", child) == "500 1000");
    BOOST_TEST(limit("Max core file size", child) == "12288 40960");
    // The daemon itself takes what it can get, and leaves no core: keys are in its memory.
    const auto own = read_file("/proc/" + std::to_string(tugd.pid()) + "/limits");
    BOOST_TEST(limit("Max open files", own) == "1000 1000");
    BOOST_TEST(limit("Max core file size", own) == "0 40960");
}

BOOST_AUTO_TEST_CASE(nothing_of_tugds_own_environment) {
    launch how;
    how.env = {{"TUG_THREADS", "1"}, {"TUG_GRACE", "3"}, {"OTHER", "kept"}, {"TUGBOAT", "kept"}};
    const tugd_under_test tugd({}, how);
    auto client = tugd.connect();
    auto inherited = output_of(client, {{"argv", {"/usr/bin/env"}}});
    inherited.insert(inherited.begin(), '\n');
    BOOST_TEST(inherited.find("\nTUG_") == std::string::npos);
    BOOST_TEST(inherited.find("\nOTHER=kept\n") != std::string::npos);
    BOOST_TEST(inherited.find("\nTUGBOAT=kept\n") != std::string::npos);
    const auto own =
        output_of(client, {{"argv", {"/usr/bin/env"}}, {"clear_env", true}, {"env", {{"TUG_OWN", "asked for"}}}});
    BOOST_TEST(own == "TUG_OWN=asked for\n");
}

/// Supervisors and containers start it with next to no environment: commands get what a login would give.
BOOST_AUTO_TEST_CASE(what_an_empty_environment_lacks) {
    launch how;
    how.wrapper = {"/usr/bin/env", "-i"};
    const tugd_under_test tugd({}, how);
    auto client = tugd.connect();
    const auto* me = ::getpwuid(::geteuid()); // NOLINT(concurrency-mt-unsafe)
    const auto all = "\n" + output_of(client, {{"argv", {"env"}}});
    BOOST_TEST(all.find(std::string("\nHOME=") + (me ? me->pw_dir : "/") + "\n") != std::string::npos, all);
    for (const auto* name : {"USER", "LOGNAME"})
        BOOST_TEST((all.find(std::string("\n") + name + "=") != std::string::npos) == (me != nullptr), all);
    const std::string path = ::geteuid() == 0 ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
                                              : "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
    BOOST_TEST(all.find("\nPATH=" + path + "\n") != std::string::npos, all);
    BOOST_TEST(output_of(client, {{"shell", "echo $PATH"}}) == path + "\n");
}

BOOST_AUTO_TEST_CASE(a_uid_without_a_name, *boost::unit_test::precondition([](auto) { return ::geteuid() == 0; })) {
    launch how;
    how.wrapper = {"/usr/bin/env", "-i", "/usr/bin/setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"};
    const temp_dir open_to_all;
    std::filesystem::permissions(open_to_all.path(), std::filesystem::perms::all);
    how.root = open_to_all.path().string();
    const tugd_under_test tugd({}, how);
    auto client = tugd.connect();
    BOOST_TEST(output_of(client, {{"argv", {"env"}}}) ==
               "HOME=/\nPATH=/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin\n");
}

/// Descriptors 0 to 2 are no pipes and sockets of tugd's own.
BOOST_AUTO_TEST_CASE(started_without_standard_descriptors) {
    const temp_dir dir;
    const auto socket = dir / "socket";
    launch how;
    how.wrapper = {"/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"};
    how.listen.clear();
    tugd_under_test tugd({"--listen", "unix:" + socket}, how);
    // The file is there before tugd listens.
    std::optional<wire_client> connected;
    const auto connect = [&] {
        try {
            connected.emplace("unix:" + socket);
        } catch (const std::exception&) {
            return false;
        }
        return true;
    };
    BOOST_TEST_REQUIRE(eventually(connect));
    auto& client = *connected;
    client.hello();
    const auto id = client.call("exec", {{"argv", {"cat"}}, {"stdin", true}});
    client.write(id, "stdin", "content");
    BOOST_TEST(client.wait(id).result().at("exit_code").to_number<int>() == 0);
    BOOST_TEST(client.output(id, "stdout") == "content");
    for (const auto* name : {"0", "1", "2"})
        BOOST_TEST(std::filesystem::read_symlink("/proc/" + std::to_string(tugd.pid()) + "/fd/" + name) == "/dev/null");
    BOOST_TEST(tugd.stop() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

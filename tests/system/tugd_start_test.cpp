// How tugd comes up, and how it says that it will not.

#include "support/tugd_under_test.hpp"

#include "support/build_paths.hpp"
#include "support/low_ports.hpp"
#include "support/program.hpp"
#include "tug/os/unique_fd.hpp"
#include "tug/proto/base64.hpp"

#include <boost/test/unit_test.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace fs = std::filesystem;

namespace tug::test {

namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un a{};
    a.sun_family = AF_UNIX;
    path.copy(a.sun_path, sizeof a.sun_path - 1);
    return a;
}

/// A socket that is bound there and does not listen.
os::unique_fd bound_socket(const std::string& path) {
    const auto a = address_of(path);
    os::unique_fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    BOOST_TEST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
    return fd;
}

/// A socket file that no process listens on: what a killed daemon leaves.
void leave_socket(const std::string& path) {
    (void)bound_socket(path);
}

/// Until somebody has connected.
void await_connection(const os::unique_fd& listening) {
    pollfd p{listening.get(), POLLIN, 0};
    const int most = static_cast<int>(std::chrono::milliseconds(bound).count());
    BOOST_TEST_REQUIRE(::poll(&p, 1, most) == 1);
}

/// Listens there and accepts no connection, with connections enough that one more would have to wait: a daemon that
/// hangs.
class hanging_listener {
public:
    explicit hanging_listener(const std::string& path) {
        const auto a = address_of(path);
        fds_.push_back(bound_socket(path));
        BOOST_TEST_REQUIRE(::listen(fds_[0].get(), 0) == 0);
        do {
            fds_.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        } while (::connect(fds_.back().get(), reinterpret_cast<const sockaddr*>(&a), sizeof a) == 0);
    }

private:
    std::vector<os::unique_fd> fds_;
};

run_result run_tugd(std::vector<std::string> arguments, const environment& env = {}) {
    arguments.insert(arguments.begin(), "tugd");
    return run(std::move(arguments), {}, env);
}

/// A refusal is one line on stderr that has all these words in it, and nothing on stdout.
void check_refusal(const run_result& r, const std::vector<std::string>& words) {
    BOOST_TEST(r.exit_code != 0);
    BOOST_TEST(r.exit_code < 128);
    BOOST_TEST(r.out == "");
    BOOST_TEST(r.err.starts_with("tugd: "));
    BOOST_TEST(std::ranges::count(r.err, '\n') == 1, r.err);
    for (const auto& word : words) BOOST_TEST(r.err.find(word) != std::string::npos, r.err << " has no " << word);
}

struct refusal {
    std::string name;
    std::vector<std::string> arguments;
    std::vector<std::string> words; ///< What went wrong, and what to do.
};

const std::vector<refusal> refused_flags{
    {"nobody may log in", {}, {"--keys", "--no-auth"}},
    {"keys and no keys", {"--keys", "some", "--no-auth"}, {"--keys", "--no-auth"}},
    {"all may log in from anywhere", {"--no-auth", "--listen", "0.0.0.0:0"}, {"0.0.0.0", "--keys"}},
    {"no such flag", {"--no-auth", "--no-such-flag"}, {"--no-such-flag", "--help"}},
    {"no such log level", {"--no-auth", "--log-level", "loud"}, {"--log-level", "warning"}},
    {"no address", {"--no-auth", "--listen", "127.0.0.1:99999"}, {"127.0.0.1:99999", "65535"}},
    {"no root", {"--no-auth", "--root", "/nowhere/at/all"}, {"/nowhere/at/all", "ENOENT"}},
    {"no key file", {"--keys", "/nowhere/keys"}, {"/nowhere/keys", "tug keygen"}},
    {"no configuration", {"--no-auth", "--config", "/nowhere/tugd.conf"}, {"/nowhere/tugd.conf"}},
    {"a negative limit", {"--no-auth", "--max-connections", "-1"}, {"--max-connections", "1 to 1000000"}},
    {"negative threads", {"--no-auth", "--threads", "-1"}, {"--threads"}},
    {"an audit file that cannot be",
     {"--no-auth", "--audit", "/nowhere/audit"},
     {"/nowhere/audit", "No such file", "check the path"}},
    {"a socket in no directory", {"--no-auth", "--listen", "unix:/nowhere/sock"}, {"/nowhere/sock", "check the path"}},
    {"no such cgroup", {"--no-auth", "--cgroup", "/nowhere"}, {"/nowhere", "check the path"}},
    {"no audit at all", {"--no-auth", "--audit", ""}, {"--audit"}},
    {"no such user", {"--no-auth", "--exec-user", "no-such-user"}, {"exec_user"}},
    {"a penalty that shrinks", {"--no-auth", "--max-login-penalty", "0.5"}, {"--max-login-penalty"}},
    {"a body too large", {"--no-auth", "--max-body", "67108865"}, {"--max-body", "1 to 67108864"}},
    {"an envelope too small", {"--no-auth", "--max-envelope", "4095"}, {"--max-envelope", "4096 to 1048576"}},
    {"max-connections 0", {"--no-auth", "--max-connections", "0"}, {"--max-connections", "1 to 1000000"}},
    {"max-unauthenticated 0", {"--no-auth", "--max-unauthenticated", "0"}, {"--max-unauthenticated", "1 to 1000000"}},
    {"max-commands 0", {"--no-auth", "--max-commands", "0"}, {"--max-commands", "1 to 1000000"}},
    {"max-in-flight 0", {"--no-auth", "--max-in-flight", "0"}, {"--max-in-flight", "1 to 1000000"}},
};

/// Each of these is at least 1, or longer than nothing.
const std::vector<std::string> limits{"max-body",           "max-window",
                                      "max-buffered",       "max-unauthenticated-per-source",
                                      "max-argv",           "max-env",
                                      "max-failed-logins",  "login-penalty",
                                      "max-login-penalty",  "max-failing-sources",
                                      "login-time",         "envelope-time",
                                      "body-time",          "write-time",
                                      "failed-login-delay", "file-threads",
                                      "start-threads"};

} // namespace

BOOST_AUTO_TEST_SUITE(tugd_start)

BOOST_AUTO_TEST_CASE(limits_of_zero) {
    for (const auto& name : limits) check_refusal(run_tugd({"--no-auth", "--" + name, "0"}), {"--" + name});
}

BOOST_AUTO_TEST_CASE(says_every_address_once_it_accepts) {
    const temp_dir dir;
    launch how;
    how.listen = {"127.0.0.1:0", "unix:" + (dir / "s"), "127.0.0.2:0"};
    tugd_under_test tugd({}, how);
    BOOST_TEST(tugd.address(0).starts_with("127.0.0.1:"));
    BOOST_TEST(!tugd.address(0).ends_with(":0"));
    BOOST_TEST(tugd.address(1) == "unix:" + (dir / "s"));
    BOOST_TEST(tugd.address(2).starts_with("127.0.0.2:"));
    for (std::size_t n = 0; n < 3; ++n) {
        auto client = tugd.connect(n);
        BOOST_TEST(client.ask("rpc.ping").error() == "");
    }
    BOOST_TEST(tugd.stop() == 0);
    BOOST_TEST(!fs::exists(dir / "s"));
}

BOOST_AUTO_TEST_CASE(replaces_a_stale_socket) {
    const temp_dir dir;
    leave_socket(dir / "s");
    launch how;
    how.listen = {"unix:" + (dir / "s")};
    const tugd_under_test tugd({}, how);
    BOOST_TEST(tugd.connect().ask("rpc.ping").error() == "");
}

BOOST_AUTO_TEST_CASE(leaves_an_address_in_use_alone) {
    const temp_dir dir;
    launch how;
    how.listen = {"127.0.0.1:0", "unix:" + (dir / "s")};
    const tugd_under_test tugd({}, how);
    for (std::size_t n = 0; n < 2; ++n)
        check_refusal(run_tugd({"--no-auth", "--listen", tugd.address(n)}), {tugd.address(n), "in use", "ss -lpn"});
    BOOST_TEST(tugd.connect(1).ask("rpc.ping").error() == "");
}

// A tugd that was killed is started again at once: a command that has not executed its program yet has its sockets.
BOOST_AUTO_TEST_CASE(waits_for_an_address_that_becomes_free) {
    const temp_dir dir;
    auto held = bound_socket(dir / "s");
    BOOST_TEST_REQUIRE(::listen(held.get(), 1) == 0);
    program tugd({"tugd", "--no-auth", "--root", dir.path().string(), "--listen", "unix:" + (dir / "s")});
    await_connection(held);
    held.reset();
    BOOST_TEST(tugd.read_line() == "tugd listening on unix:" + (dir / "s"));
    tugd.signal(SIGTERM);
    BOOST_TEST(tugd.wait() == 0);
}

BOOST_AUTO_TEST_CASE(leaves_the_socket_of_one_that_hangs_alone) {
    const temp_dir dir;
    const hanging_listener other(dir / "s");
    check_refusal(run_tugd({"--no-auth", "--listen", "unix:" + (dir / "s")}), {dir / "s", "in use"});
}

BOOST_AUTO_TEST_CASE(leaves_a_file_at_the_place_of_its_socket_alone) {
    const temp_dir dir;
    write_file(dir / "s", "precious");
    check_refusal(run_tugd({"--no-auth", "--listen", "unix:" + (dir / "s")}), {dir / "s", "exists"});
    BOOST_TEST(read_file(dir / "s") == "precious");
}

BOOST_AUTO_TEST_CASE(says_what_a_low_port_takes) {
    auto words = without_low_ports();
    words.insert(words.end(), {bin_dir() + "/tugd", "--no-auth", "--listen", "127.0.0.1:81"});
    check_refusal(run(words),
                  {"\"127.0.0.1:81\", which takes CAP_NET_BIND_SERVICE: Permission denied", "give the user"});
}

BOOST_AUTO_TEST_CASE(refuses_and_says_how_to_go_on) {
    for (const auto& flags : refused_flags) BOOST_TEST_CONTEXT(flags.name) {
            auto arguments = flags.arguments;
            if (std::ranges::find(arguments, "--listen") == arguments.end())
                arguments.insert(arguments.end(), {"--listen", "127.0.0.1:0"});
            check_refusal(run_tugd(arguments), flags.words);
        }
}

BOOST_AUTO_TEST_CASE(refuses_a_key_file_that_others_read) {
    const temp_dir dir;
    const auto keys = dir / "keys";
    for (const auto mode : {0640, 0604, 0620}) {
        write_file(keys, key_line(test_key_id, test_key()));
        fs::permissions(keys, static_cast<fs::perms>(mode));
        check_refusal(run_tugd({"--listen", "127.0.0.1:0", "--keys", keys}), {keys, "chmod 600"});
    }
}

BOOST_AUTO_TEST_CASE(refuses_a_key_file_without_a_good_key) {
    const temp_dir dir;
    const auto keys = dir / "keys";
    const auto secret = proto::base64_encode(test_key().bytes().first(31));
    const std::vector<std::pair<std::string, std::string>> files{
        {"", "no key"},
        {"# only a comment\n\n", "no key"},
        {"k1 " + secret + " exec\n", "32 bytes"},
        {"k1 not-base64 exec\n", "32 bytes"},
        {"k1 " + proto::base64_encode(test_key().bytes()) + " fly\n", "exec, put, get, forward and audit"},
        {key_line("k1", test_key()) + key_line("k1", other_key()), "earlier line"},
        {"k1 " + proto::base64_encode(test_key().bytes()) + " exec record\n", "--record DIR"},
    };
    for (const auto& [text, why] : files) {
        write_key_file(keys, text);
        const auto r = run_tugd({"--listen", "127.0.0.1:0", "--keys", keys});
        check_refusal(r, {keys, why});
        BOOST_TEST(r.err.find(secret.substr(0, 16)) == std::string::npos); // nothing of a key in a message
    }
}

BOOST_AUTO_TEST_CASE(keeps_keys_out_of_argv_and_environment) {
    launch how;
    how.with_keys = true;
    const tugd_under_test tugd({}, how);
    const auto secret = proto::base64_encode(test_key().bytes());
    const auto of_tugd = "/proc/" + std::to_string(tugd.pid()) + "/";
    BOOST_TEST(read_file(of_tugd + "cmdline").find(secret) == std::string::npos);
    // Only root may look there at all.
    if (::geteuid() == 0) BOOST_TEST(read_file(of_tugd + "environ").find(secret) == std::string::npos);
    auto client = tugd.connect();
    const auto id = client.call("exec", {{"shell", "env; cat /proc/self/cmdline"}});
    static_cast<void>(client.wait(id).result());
    BOOST_TEST(client.output(id, "stdout") != "");
    BOOST_TEST(client.output(id, "stdout").find(secret) == std::string::npos);
    BOOST_TEST(tugd.log().find(secret) == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

#include "support/cli_checks.hpp"
#include "support/tugd_process.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <vector>

using namespace tug::test;

namespace {

/// A listening socket on loopback where no server ever answers.
class silent_server {
public:
    silent_server() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in a{};
        a.sin_family = AF_INET;
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto* address = reinterpret_cast<sockaddr*>(&a);
        socklen_t size = sizeof a;
        BOOST_REQUIRE(::bind(fd_, address, size) == 0);
        BOOST_REQUIRE(::listen(fd_, 8) == 0);
        BOOST_REQUIRE(::getsockname(fd_, address, &size) == 0);
        port = std::to_string(ntohs(a.sin_port));
    }

    ~silent_server() { ::close(fd_); }

    silent_server(const silent_server&) = delete;
    silent_server& operator=(const silent_server&) = delete;

    std::string port;

private:
    int fd_;
};

bool has_ipv6() {
    const int fd = ::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 a{};
    a.sin6_family = AF_INET6;
    a.sin6_addr = in6addr_loopback;
    const bool yes = fd >= 0 && ::bind(fd, reinterpret_cast<sockaddr*>(&a), sizeof a) == 0;
    if (fd >= 0) ::close(fd);
    return yes;
}

struct fixture : tugd_fixture {
    /// Runs tug with the key and without TUG_ADDRESS.
    run_result plain(std::vector<std::string> arguments, environment env = {}, const std::string& input = {}) {
        arguments.insert(arguments.begin(), "tug");
        env.emplace("TUG_KEY_FILE", keys);
        return run(std::move(arguments), input, env);
    }

    void pings(const std::vector<std::string>& arguments, const environment& env = {}) {
        const auto r = plain(arguments, env);
        BOOST_TEST(r.exit_code == 0, r.err);
        BOOST_TEST(contains(r.out, "round trip"), r.out);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_target, fixture)

BOOST_AUTO_TEST_CASE(every_form_of_host) {
    const auto port = daemon.port();
    pings({"ping", "127.0.0.1:" + port});
    pings({"ping", "localhost:" + port});
    pings({"ping", "127.0.0.1", "-P", port});
    pings({"ping", "-P" + port, "127.0.0.1"});
    pings({"ping", "tug://127.0.0.1:" + port});
    pings({"ping", "tug://127.0.0.1:" + port + "/"});
    pings({"ping", "tug://127.0.0.1", "--port", port});
    pings({"ping", "unix:" + socket});
    pings({"ping", "--unix", socket});
    pings({"--unix", socket, "ping"});
    for (const auto& host : {"127.0.0.1:" + port, "unix:" + socket}) {
        const auto r = plain({"exec", host, "--", "echo", "hello"});
        check_output(r, "hello\n");
    }
}

BOOST_AUTO_TEST_CASE(every_form_of_host_and_path) {
    const auto port = daemon.port();
    write_file(local / "a", "some bytes");
    const std::vector<std::vector<std::string>> forms{{"127.0.0.1:f", "-P", port},
                                                      {"localhost:/f", "-P", port},
                                                      {"tug://127.0.0.1:" + port + "/f"},
                                                      {":f", "--unix", socket},
                                                      {"tug://localhost/f", "-P", port}};
    for (const auto& form : forms) {
        BOOST_TEST_CONTEXT(form.front()) {
            std::vector<std::string> put{"put", local / "a"};
            put.insert(put.end(), form.begin(), form.end());
            BOOST_TEST(plain(put).exit_code == 0);
            std::vector<std::string> get{"get", "--quiet"};
            get.insert(get.end(), form.begin(), form.end());
            get.push_back("-");
            check_output(plain(get), "some bytes");
        }
    }
    BOOST_TEST(plain({"--unix", socket, "put", local / "a", ":b"}).exit_code == 0);
    BOOST_TEST(read_file(in_root("b")) == "some bytes");
}

BOOST_AUTO_TEST_CASE(ipv6_stands_in_brackets) {
    if (!has_ipv6()) {
        BOOST_TEST_MESSAGE("no IPv6 here");
        return;
    }
    tugd_process six({"--listen", "[::1]:0", "--root", local.path().string(), "--no-auth"});
    const auto port = six.port();
    BOOST_TEST(run({"tug", "ping", "[::1]:" + port}).exit_code == 0);
    BOOST_TEST(run({"tug", "ping", "[::1]", "-P", port}).exit_code == 0);
    BOOST_TEST(run({"tug", "put", "-", "[::1]:f", "-P", port}, "six").exit_code == 0);
    BOOST_TEST(run({"tug", "put", "-", "tug://[::1]:" + port + "/g"}, "six").exit_code == 0);
    BOOST_TEST(read_file(local / "f") == "six");
    // An address alone needs none, whatever names the port.
    BOOST_TEST(run({"tug", "-P", port, "ping", "::1"}).exit_code == 0);
    BOOST_TEST(run({"tug", "ping", "0:0:0:0:0:0:0:1"}, {}, {{"TUG_PORT", port}}).exit_code == 0);
    BOOST_TEST(run({"tug", "ping"}, {}, {{"TUG_PORT", port}, {"TUG_ADDRESS", "::1"}}).exit_code == 0);
    for (const std::string wrong : {"::1:f", "fe80::1:f", "::1", "1:2:3:4:5:6:7:8:f"})
        check_failed(run({"tug", "get", wrong, "-"}), 2, "[::1]:PATH");
}

BOOST_AUTO_TEST_CASE(the_environment_has_the_host) {
    const auto port = daemon.port();
    pings({"ping"}, {{"TUG_ADDRESS", daemon.address()}});
    pings({"ping"}, {{"TUG_ADDRESS", "unix:" + socket}});
    pings({"ping"}, {{"TUG_ADDRESS", "127.0.0.1"}, {"TUG_PORT", port}});
    pings({"ping"}, {{"TUG_UNIX", socket}});
    pings({"ping", "127.0.0.1"}, {{"TUG_PORT", port}});
    check_output(plain({"exec", "--", "echo", "x"}, {{"TUG_ADDRESS", daemon.address()}}), "x\n");
    BOOST_TEST(plain({"put", keys, ":k"}, {{"TUG_ADDRESS", daemon.address()}}).exit_code == 0);
}

BOOST_AUTO_TEST_CASE(a_flag_goes_over_the_environment) {
    const auto port = daemon.port();
    pings({"ping", daemon.address()}, {{"TUG_ADDRESS", "127.0.0.1:1"}});
    pings({"ping", daemon.address()}, {{"TUG_UNIX", "/nowhere"}});
    pings({"ping", "--unix", socket}, {{"TUG_ADDRESS", "127.0.0.1:1"}});
    pings({"ping", "127.0.0.1", "-P", port}, {{"TUG_PORT", "1"}});
    pings({"ping", "-P", port}, {{"TUG_ADDRESS", "127.0.0.1:1"}});
    pings({"ping", daemon.address()}, {{"TUG_PORT", "1"}});
    pings({"ping", daemon.address(), "--key-file", keys}, {{"TUG_KEY_FILE", "/nowhere"}});
}

BOOST_AUTO_TEST_CASE(other_flags_come_from_the_environment) {
    const environment here{{"TUG_ADDRESS", daemon.address()}};
    const auto with = [&](const std::string& name, const std::string& value) {
        auto env = here;
        env[name] = value;
        return env;
    };
    BOOST_TEST(json_of(plain({"ping"}, with("TUG_JSON", "1"))).contains("round_trip_us"));
    BOOST_TEST(contains(plain({"ping"}, with("TUG_JSON", "0")).out, "round trip"));
    BOOST_TEST(plain({"exec", "--", "sleep", "600"}, with("TUG_TIMEOUT", "0.3")).exit_code == 124);
    check_output(plain({"exec", "--timeout", "60", "--", "sleep", "0.4"}, with("TUG_TIMEOUT", "0.1")), "");
    check_output(plain({"exec", "--", "sh", "-c", "echo $A$B"}, with("TUG_ENV", "A=1,B=2")), "12\n");
    check_output(plain({"exec"}, with("TUG_SHELL", "echo shell")), "shell\n");
    check_output(plain({"exec", "--", "echo", "argv"}, with("TUG_SHELL", "echo shell")), "argv\n");
    BOOST_TEST(plain({"put", keys, ":moded"}, with("TUG_MODE", "0751")).exit_code == 0);
    check_output(plain({"exec", "--", "stat", "-c", "%a", "moded"}, here), "751\n");
}

BOOST_AUTO_TEST_CASE(a_host_and_a_command_are_as_with_ssh) {
    const auto port = daemon.address().substr(daemon.address().rfind(':') + 1);
    check_output(plain({daemon.address(), "echo", "a", "b;", "echo $((1+2))"}), "a b\n3\n");
    check_output(plain({"-P", port, "127.0.0.1", "echo", "-n", "x"}), "x");
    check_output(plain({"127.0.0.1", "-p", port, "cat"}, {}, "typed"), "typed");
    BOOST_TEST(plain({daemon.address(), "exit 7"}).exit_code == 7);
    BOOST_TEST(contains(plain({daemon.address(), "--help"}).out, "tug shell HOST"));
    check_failed(plain({daemon.address(), "--share", "true"}), 255, "before HOST");
    check_failed(plain({"127.0.0.1:1", "true"}), 255, "it is no command of tug, and no host that answers");
    check_failed(plain({"127.0.0.1:1"}), 125, "no command of tug");
    // A host that is called as a command but for a letter.
    write_file(local / "config", "host exce\n address " + daemon.address() + "\n");
    check_output(plain({"exce", "echo", "x"}, {{"TUG_CLIENT_CONFIG", local / "config"}}), "x\n");
    check_output(plain({"--config", local / "config", "exce", "echo", "x"}), "x\n");
}

BOOST_AUTO_TEST_CASE(a_bad_variable_is_named) {
    check_failed(plain({"ping", "h"}, {{"TUG_PORT", "many"}}), 2, "TUG_PORT");
    check_failed(plain({"ping", "h"}, {{"TUG_TIMEOUT", "soon"}}), 2, "TUG_TIMEOUT");
    check_failed(plain({"exec", "h", "--", "true"}, {{"TUG_JSON", "perhaps"}}), 125, "TUG_JSON");
    pings({"ping", daemon.address()}, {{"TUG_OUTPUT_LIMIT", "many"}}); // of another command
}

BOOST_AUTO_TEST_CASE(usage_errors_are_2) {
    check_failed(plain({}), 2, "tug --help");
    check_failed(plain({"exce", "host", "ls"}), 2, "there is no command 'exce': do you mean `tug exec`?");
    check_failed(plain({"lss", "host:"}), 2, "`tug ls`");
    check_failed(plain({"job", "kill", "host", "x"}), 2, "write one of start, attach");
    check_failed(plain({"job", "logs", "--no", "host", "x"}), 2, "`tug job logs --help`");
    check_failed(plain({"put", "a", "host:8840:/b"}), 2, "tug://HOST:PORT/PATH");
    check_failed(plain({"ping"}), 2, "TUG_ADDRESS");
    check_failed(plain({"ping", "a", "b"}), 2, "not expected");
    check_failed(plain({"ping", "host:port"}), 2, "port");
    check_failed(plain({"ping", "host:1", "-P", "2"}), 2, "twice");
    check_failed(plain({"ping", "host", "--unix", "/s"}), 2, "--unix");
    check_failed(plain({"ping", "unix:/s", "-P", "2"}), 2, "-P");
    check_failed(plain({"ping", "unix:"}), 2, "unix");
    check_failed(plain({"put", "a"}), 2, "REMOTE");
    check_failed(plain({"put", "a", "b"}), 2, "HOST:PATH");
    check_failed(plain({"get", "host:", "a"}), 2, "path");
    check_failed(plain({"get", "tug://host:1", "a"}), 2, "path");
    check_failed(plain({"put", "a", "unix:/s:b"}), 2, "--unix");
    check_failed(plain({"put", "a", "h:b", "--mode", "1777"}), 2, "--mode");
    check_failed(plain({"put", "a", "h:b", "--mode", "rwx"}), 2, "--mode");
    check_failed(plain({"get"}), 2, "REMOTE");
    check_failed(plain({"get", "h:b", "h:c"}), 2, "is on a host");
    check_failed(plain({"put", "h:b", "h:c"}), 2, "is on a host");
}

BOOST_AUTO_TEST_CASE(help_and_version) {
    for (const std::vector<std::string>& asked :
         {std::vector<std::string>{"--help"}, {"exec", "--help"}, {"put", "-h"}}) {
        const auto r = plain(asked);
        BOOST_TEST(r.exit_code == 0);
        BOOST_TEST(contains(r.out, "Usage"));
        BOOST_TEST(r.err.empty());
    }
    for (const auto* flag : {"--version", "-V"}) check_output(plain({flag}), "tug " TUG_VERSION "\n");
}

BOOST_AUTO_TEST_CASE(a_ping_that_fails_names_the_error) {
    check_failed(plain({"ping", "127.0.0.1:1"}), 1, "connect_failed");
    check_failed(plain({"ping", "unix:" + (local / "none")}), 1, "connect_failed");
    check_failed(run({"tug", "ping", daemon.address()}), 1, "auth_required");
    check_failed(plain({"ping", daemon.address(), "--key", "nobody"}), 1, "bad_key_file");
}

BOOST_AUTO_TEST_CASE(a_silent_server_costs_the_timeout) {
    const silent_server nobody;
    const auto r = plain({"ping", "127.0.0.1:" + nobody.port, "--timeout", "0.3"});
    check_failed(r, 1, "timed_out");
    check_failed(plain({"exec", "127.0.0.1:" + nobody.port, "--timeout", "0.3", "--", "true"}), 125, "timed_out");
}

BOOST_AUTO_TEST_CASE(a_server_that_is_no_tugd) {
    tugd_process open({"--listen", "127.0.0.1:0", "--root", local.path().string(), "--no-auth"});
    // A key, and a server that does not ask for one: it may be any program.
    check_failed(plain({"ping", open.address()}), 1, "server_auth_failed");
    BOOST_TEST(run({"tug", "ping", open.address()}).exit_code == 0);
}

BOOST_AUTO_TEST_SUITE_END()

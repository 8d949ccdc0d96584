// How tug ends, as what started it sees it: by a signal where a signal ended it, and silently where its reader left.

#include "support/build_paths.hpp"
#include "support/cli_checks.hpp"
#include "support/proc.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

constexpr auto env_program = "/usr/bin/env";

/// A script of a shell that goes on to the next line where it can.
std::vector<std::string> script(const std::string& text) {
    return {"/bin/bash", "-c", text + "\necho next", "bash", bin_dir() + "/tug"};
}

/// The first child of a process, once it has one.
pid_t child_of(pid_t parent) {
    const auto path = "/proc/" + std::to_string(parent) + "/task/" + std::to_string(parent) + "/children";
    std::string pids;
    BOOST_REQUIRE(eventually([&] { return !(pids = read_file(path)).empty(); }));
    return std::stoi(pids);
}

int number_of(const std::string& name) {
    return name == "HUP" ? SIGHUP : name == "INT" ? SIGINT : SIGTERM;
}

void check_dies_by(program& p, int number) {
    BOOST_TEST(p.wait() == 128 + number);
    BOOST_TEST(p.ended_by() == number);
}

struct fixture : tugd_fixture {
    /// Starts another program that starts tug.
    program start(std::vector<std::string> argv, standard_fds fds = {}) {
        return program(std::move(argv), {{"TUG_ADDRESS", daemon.address()}, {"TUG_KEY_FILE", keys}}, fds);
    }

    /// Runs tug with a stdout that has no reader. `before`: words in front of it.
    run_result unread(std::vector<std::string> arguments, int& signal, std::vector<std::string> before = {}) {
        int ends[2];
        BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        ::close(ends[0]);
        before.push_back(bin_dir() + "/tug");
        before.insert(before.end(), arguments.begin(), arguments.end());
        auto p = start(std::move(before), {.out = ends[1]});
        ::close(ends[1]);
        const int code = p.wait();
        signal = p.ended_by();
        return {code, "", p.err()};
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_ending, fixture)

BOOST_AUTO_TEST_CASE(a_script_stops_at_an_interrupt) {
    // bash goes on after a command that exits with 130, and ends itself after one that SIGINT ended.
    auto p = start(script("trap 'echo trapped' INT; \"$1\" exec -- sh -c 'echo $$; exec sleep 600'; echo status $?"));
    const auto pid = p.read_line();
    const auto tug = child_of(p.pid());
    p.signal(SIGINT); // as a terminal sends it to both
    BOOST_REQUIRE(::kill(tug, SIGINT) == 0);
    BOOST_TEST(p.wait() == 0);
    BOOST_TEST(contains(p.out(), "trapped\nstatus 130"), p.out());
    auto untrapped = start(script("\"$1\" exec -- sh -c 'echo up; exec sleep 600'"));
    BOOST_TEST(untrapped.read_line() == "up");
    const auto second = child_of(untrapped.pid());
    untrapped.signal(SIGINT);
    BOOST_REQUIRE(::kill(second, SIGINT) == 0);
    check_dies_by(untrapped, SIGINT);
    BOOST_TEST(!contains(untrapped.out(), "next"));
    BOOST_TEST(eventually([&] { return ::kill(std::stoi(pid), 0) != 0 && errno == ESRCH; }));
}

BOOST_AUTO_TEST_CASE(what_was_ignored_stays_ignored) {
    // As under nohup, and as a shell without job control starts what runs in the background.
    for (const std::string name : {"HUP", "INT", "TERM"}) {
        auto p = start({env_program, "--ignore-signal=" + name, bin_dir() + "/tug", "exec", "-i", "--", "sh", "-c",
                        "echo up; read line; echo $line"});
        BOOST_TEST(p.read_line() == "up");
        for (int times = 0; times < 3; ++times) p.signal(number_of(name));
        BOOST_TEST(p.write("alive\n"));
        BOOST_TEST(p.read_line() == "alive");
        BOOST_TEST(p.wait() == 0);
    }
}

BOOST_AUTO_TEST_CASE(what_was_blocked_ends_tug) {
    for (const std::string name : {"HUP", "INT", "TERM"}) {
        auto p = start({env_program, "--block-signal=" + name, bin_dir() + "/tug", "exec", "--", "sh", "-c",
                        "echo up; exec sleep 600"});
        BOOST_TEST(p.read_line() == "up");
        p.signal(number_of(name));
        check_dies_by(p, number_of(name));
    }
}

BOOST_AUTO_TEST_CASE(a_reader_that_left_ends_tug_as_any_filter) {
    write_file(in_root("file"), std::string(5 * 1024 * 1024, 'x'));
    const std::vector<std::vector<std::string>> all{{"get", ":file", "-"},
                                                    {"get", ":file", "/dev/stdout"},
                                                    {"exec", "--", "yes"},
                                                    {"exec", "--", "sh", "-c", "yes; exit $?"},
                                                    {"exec", "--json", "--", "true"},
                                                    {"ping"},
                                                    {"keygen", "me"},
                                                    {"get", "--json", ":file", local / "out"},
                                                    {"--help"}};
    for (const auto& words : all) {
        BOOST_TEST_CONTEXT(words.front() << ' ' << words.back()) {
            int signal = 0;
            const auto r = unread(words, signal);
            BOOST_TEST(signal == SIGPIPE);
            BOOST_TEST(r.err == "");
        }
    }
}

BOOST_AUTO_TEST_CASE(an_unread_command_that_ends_otherwise_has_its_own_code) {
    int signal = 0;
    BOOST_TEST(
        unread({"exec", "--", "sh", "-c", "trap '' PIPE; while echo x; do :; done 2>&-; exit 7"}, signal).exit_code ==
        7);
    BOOST_TEST(signal == 0);
    BOOST_TEST(unread({"exec", "--", "sh", "-c", "exit 141"}, signal).exit_code == 141);
    BOOST_TEST(signal == 0); // it wrote nothing
}

BOOST_AUTO_TEST_CASE(an_ignored_sigpipe_makes_it_an_error) {
    write_file(in_root("file"), std::string(5 * 1024 * 1024, 'x'));
    int signal = 0;
    const std::vector<std::string> ignoring{env_program, "--ignore-signal=PIPE"};
    check_failed(unread({"get", ":file", "-"}, signal, ignoring), 1, "EPIPE");
    check_failed(unread({"ping"}, signal, ignoring), 1, "Broken pipe");
    BOOST_TEST(signal == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// Connections that several `tug` share, with the real programs.

#include "support/cli_checks.hpp"
#include "support/plain_socket.hpp"
#include "support/proc.hpp"
#include "support/tugd_process.hpp"

#include <sys/stat.h>

#include <csignal>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

/// A home, and a tugd that writes down who logs in.
struct fixture : temp_dir {
    fixture() {
        BOOST_REQUIRE(run({"tug", "keygen", "me", "-o", *this / "key"}).exit_code == 0);
        std::filesystem::create_directories(path() / "tug");
        std::filesystem::create_directories(path() / "root");
        std::filesystem::create_directory(path() / "run");
        daemon.emplace(std::vector<std::string>{"--listen", "127.0.0.1:0", "--root", *this / "root", "--keys",
                                                *this / "key", "--audit", *this / "audit"});
        configure("600");
    }

    ~fixture() {
        daemon.reset(); // without it what holds a connection ends
    }

    void configure(const std::string& share) const {
        write_file(*this / "tug/config", "host web\n address " + daemon->address() + "\n key-file " + (*this / "key") +
                                             "\n share " + share + "\n");
    }

    [[nodiscard]] environment variables() const {
        return {{"XDG_CONFIG_HOME", path().string()}, {"XDG_RUNTIME_DIR", *this / "run"}};
    }

    run_result tug(std::vector<std::string> arguments, std::string_view input = {}) const {
        arguments.insert(arguments.begin(), "tug");
        return run(std::move(arguments), input, variables());
    }

    /// As the audit has them.
    [[nodiscard]] std::size_t logins() const {
        const auto text = read_file(*this / "audit");
        std::size_t count = 0;
        constexpr std::string_view event = R"("event":"login")";
        for (auto at = text.find(event); at != std::string::npos; at = text.find(event, at + 1)) ++count;
        return count;
    }

    /// The process that holds the connection; 0 where none does.
    [[nodiscard]] pid_t holder() const {
        for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
            const auto name = entry.path().filename().string();
            if (name.find_first_not_of("0123456789") != std::string::npos) continue;
            const auto line = arguments_of(std::stoi(name));
            if (contains(line, "--hold-connection") && contains(line, daemon->address())) return std::stoi(name);
        }
        return 0;
    }

    /// The socket; empty where there is none.
    [[nodiscard]] std::string socket() const {
        const std::filesystem::path directory = *this / "run/tug";
        if (!std::filesystem::exists(directory)) return {};
        for (const auto& entry : std::filesystem::directory_iterator(directory))
            if (entry.is_socket()) return entry.path();
        return {};
    }

    std::optional<tugd_process> daemon;
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_share, fixture)

BOOST_AUTO_TEST_CASE(many_calls_are_one_login) {
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    check_output(tug({"exec", "-i", "web", "cat"}, "two"), "two");
    BOOST_TEST(tug({"put", "-", "web:f"}, std::string(3'000'000, 'x')).exit_code == 0);
    BOOST_TEST(tug({"get", "-q", "web:f", "-"}).out.size() == 3'000'000U);
    BOOST_TEST(tug({"exec", "web", "sh", "-c", "exit 7"}).exit_code == 7);
    check_output(tug({"rsh", "web", "echo", "$((1+2))"}), "3\n");
    BOOST_TEST(tug({"ls", "web:/"}).out == "f\n");
    BOOST_TEST(json_of(tug({"info", "--json", "web"})).at("connections").at("used").as_int64() == 1);
    BOOST_TEST(logins() == 1U);
    struct stat st{};
    BOOST_REQUIRE(::stat(socket().c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777) == 0600U);
    BOOST_REQUIRE(::stat((*this / "run/tug").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 0777) == 0700U);
}

/// Only who holds the connection ever reads the key.
BOOST_AUTO_TEST_CASE(the_key_is_needed_once) {
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    std::filesystem::remove(*this / "key");
    check_output(tug({"exec", "web", "echo", "two"}), "two\n");
}

BOOST_AUTO_TEST_CASE(calls_at_the_same_time) {
    check_output(tug({"exec", "web", "true"}), "");
    std::vector<program> all;
    for (int i = 0; i < 24; ++i) // more than it takes: the others go their own way
        all.emplace_back(std::vector<std::string>{"tug", "exec", "-i", "web", "cat"}, variables());
    for (auto& one : all) BOOST_TEST(one.write("text"));
    for (auto& one : all) {
        one.close_stdin();
        BOOST_TEST(one.wait() == 0);
        BOOST_TEST(one.out() == "text");
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_goes_has_its_command_ended) {
    for (const int number : {SIGINT, SIGKILL}) {
        program one({"tug", "exec", "web", "sh", "-c", "echo $$; exec sleep 600"}, variables());
        const auto pid = static_cast<pid_t>(std::stol(one.read_line()));
        one.signal(number);
        one.wait();
        BOOST_TEST(eventually([&] { return ::kill(pid, 0) != 0; }));
    }
    BOOST_TEST(logins() == 1U);
}

BOOST_AUTO_TEST_CASE(without_clients_it_ends) {
    configure("2");
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    BOOST_REQUIRE(eventually([&] { return socket().empty(); }));
    check_output(tug({"exec", "web", "echo", "two"}), "two\n");
    BOOST_TEST(logins() == 2U);
}

BOOST_AUTO_TEST_CASE(what_a_killed_one_leaves_is_taken_over) {
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    const auto pid = holder();
    BOOST_REQUIRE(pid > 0);
    ::kill(pid, SIGKILL);
    BOOST_REQUIRE(eventually([&] { return holder() == 0; }));
    BOOST_TEST(socket() != "");
    check_output(tug({"exec", "web", "echo", "two"}), "two\n");
    BOOST_TEST(logins() == 2U);
    BOOST_TEST(holder() != 0);
}

/// It takes nothing of the one that started it: not its directory, its session or its descriptors.
BOOST_AUTO_TEST_CASE(it_stands_alone) {
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    const auto pid = holder();
    BOOST_REQUIRE(pid > 0);
    const auto proc = "/proc/" + std::to_string(pid);
    BOOST_TEST(std::filesystem::read_symlink(proc + "/cwd") == "/");
    BOOST_TEST(::getsid(pid) == pid);
    for (const auto* fd : {"/fd/0", "/fd/1", "/fd/2"})
        BOOST_TEST(std::filesystem::read_symlink(proc + fd) == "/dev/null");
    ::kill(pid, SIGTERM);
    BOOST_TEST(eventually([&] { return socket().empty(); }));
}

BOOST_AUTO_TEST_CASE(what_is_left_of_another_is_replaced) {
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    daemon->stop(); // the connection ends, and with it who holds it
    daemon.emplace(std::vector<std::string>{"--listen", daemon->address(), "--root", *this / "root", "--keys",
                                            *this / "key", "--audit", *this / "audit"});
    check_output(tug({"exec", "web", "echo", "two"}), "two\n");
}

BOOST_AUTO_TEST_CASE(why_it_fails_is_told_as_without_it) {
    BOOST_REQUIRE(run({"tug", "keygen", "me", "-o", *this / "other"}).exit_code == 0);
    check_failed(tug({"--key-file", *this / "other", "ping", "web"}), 1, "auth_failed");
    check_failed(tug({"--key-file", *this / "none", "ping", "web"}), 1, "none");
}

/// Its connection is the one of the process that holds it: none is tried when the time is over.
BOOST_AUTO_TEST_CASE(a_host_that_answers_nothing_costs_its_time_once) {
    const plain_listener hung;
    write_file(*this / "tug/config", "host hung\n address 127.0.0.1:" + std::to_string(hung.port()) + "\n share 600\n");
    check_failed(tug({"info", "--timeout", "1", "hung"}), 1, "connect_timed_out");
    const auto holder = hung.accept();
    BOOST_TEST(!hung.has_one());
}

BOOST_AUTO_TEST_CASE(a_directory_that_others_can_enter_is_refused) {
    std::filesystem::create_directory(path() / "run/tug");
    ::chmod((*this / "run/tug").c_str(), 0755);
    check_failed(tug({"ping", "web"}), 2, "chmod 700");
}

BOOST_AUTO_TEST_CASE(the_flag_and_the_variable) {
    configure("no");
    check_output(tug({"exec", "web", "echo", "one"}), "one\n");
    BOOST_TEST(socket() == "");
    check_output(tug({"exec", "--share", "web", "echo", "two"}), "two\n");
    BOOST_TEST(socket() != "");
    check_output(tug({"exec", "web", "--no-share", "echo", "three"}), "three\n");
    BOOST_TEST(logins() == 3U);
    check_output(tug({"exec", "--share", "web", "echo", "four"}), "four\n");
    BOOST_TEST(logins() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

#include "support/cli_checks.hpp"
#include "support/fake_server.hpp"
#include "support/hostile_replies.hpp"
#include "support/tugd_process.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace asio = boost::asio;
using namespace tug::test;

namespace {

/// All byte values, `size` bytes of them, the same each time.
std::string noise(std::size_t size) {
    std::string bytes(size, '\0');
    std::uint32_t state = 2463534242;
    for (char& c : bytes) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        c = static_cast<char>(state >> 24);
    }
    return bytes;
}

void make_executable(const std::string& path, std::string_view text) {
    write_file(path, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

/// A server in a thread of its own whose commands write nothing, end as `ending` says and leave processes.
class leaving_server {
public:
    leaving_server(const std::string& ending, std::optional<int> survivors) {
        const auto nothing = R"({"bytes":0,"digest":")" + digest_text("") + "\"}";
        result_ = "{" + ending + R"(,"stdout":)" + nothing + R"(,"stderr":)" + nothing +
                  R"(,"usage":{"user_us":0,"system_us":0,"max_rss_bytes":0},"wall_us":0)" +
                  (survivors ? R"(,"survivors":)" + std::to_string(*survivors) : "") + "}";
    }

    ~leaving_server() {
        asio::co_spawn(io_, server_.stop(), asio::use_future).get();
        thread_.join();
    }

    leaving_server(const leaving_server&) = delete;
    leaving_server& operator=(const leaving_server&) = delete;

    /// Runs `tug exec` there, with these flags before the command.
    [[nodiscard]] run_result exec(std::vector<std::string> flags = {}) const {
        flags.insert(flags.begin(), {"tug", "exec", address_});
        flags.insert(flags.end(), {"--", "true"});
        return run(std::move(flags));
    }

private:
    asio::awaitable<void> answer(fake_peer& p) {
        co_await p.hello();
        (void)co_await p.receive("exec");
        co_await p.data("stdout", "", true);
        co_await p.data("stderr", "", true);
        co_await p.result(result_);
        co_await p.until_closed();
    }

    std::string result_;
    asio::io_context io_{1};
    fake_server server_{io_.get_executor(), [this](fake_peer& p) { return answer(p); }};
    std::string address_ = server_.address();
    std::thread thread_{[this] { io_.run(); }}; // last: it uses the others
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_exec, tugd_fixture)

BOOST_AUTO_TEST_CASE(both_streams_and_the_exit_code_pass_through) {
    const auto r = tug({"exec", "--", "sh", "-c", "printf out; printf err >&2; exit 7"});
    BOOST_TEST(r.exit_code == 7);
    BOOST_TEST(r.out == "out");
    BOOST_TEST(r.err == "err");
}

BOOST_AUTO_TEST_CASE(every_exit_code_is_the_commands_own) {
    for (const int code : {0, 1, 2, 42, 124, 125, 130, 137, 255}) {
        const auto r = tug({"exec", "--", "sh", "-c", "exit " + std::to_string(code)});
        BOOST_TEST(r.exit_code == code);
        BOOST_TEST(r.err.empty());
    }
}

BOOST_AUTO_TEST_CASE(a_signal_is_128_and_its_number) {
    for (const int number : {SIGHUP, SIGINT, SIGKILL, SIGSEGV, SIGTERM, SIGUSR1, SIGIO, 33, SIGRTMIN, SIGRTMAX})
        BOOST_TEST(tug({"exec", "--", "sh", "-c", "kill -" + std::to_string(number) + " $$"}).exit_code ==
                   128 + number);
}

BOOST_AUTO_TEST_CASE(a_timeout_is_124) {
    const auto r = tug({"exec", "--timeout", "0.3", "--", "sh", "-c", "echo before; exec sleep 600"});
    check_failed(r, 124, "timed_out");
    BOOST_TEST(r.out == "before\n");
}

BOOST_AUTO_TEST_CASE(the_output_limit_is_125) {
    const auto r = tug({"exec", "--output-limit", "5", "--", "printf", "123456789"});
    check_failed(r, 125, "output_limit");
    BOOST_TEST(r.out == "12345");
}

BOOST_AUTO_TEST_CASE(limits_of_the_kernel_are_125) {
    BOOST_TEST(tug({"exec", "--limit", "open-files=77", "--", "sh", "-c", "ulimit -n"}).out == "77\n");
    check_failed(tug({"exec", "--limit", "cpu=1", "--", "sh", "-c", "while :; do :; done"}), 125, "cpu_limit");
    check_failed(tug({"exec", "--limit", "disk=1", "--", "true"}), 125, "--limit");
}

BOOST_AUTO_TEST_CASE(processes_that_stay_are_told) {
    const leaving_server cancelled(R"("reason":"cancelled","signal":"KILL")", 1);
    const auto r = cancelled.exec();
    check_failed(r, 130, "cancelled: 1 process of");
    BOOST_TEST(!contains(r.err, "gone"));
    check_failed(cancelled.exec({"--json"}), 130, "cancelled: 1 process of");
    const leaving_server late(R"("reason":"timed_out","signal":"KILL")", 3);
    check_failed(late.exec(), 124, "timed_out: 3 processes of");
    const leaving_server none(R"("reason":"cancelled","signal":"TERM")", 0);
    check_failed(none.exec(), 130, "is gone");
    const leaving_server unknown(R"("reason":"cancelled","signal":"TERM")", std::nullopt);
    check_failed(unknown.exec(), 130, "does not say whether");
    BOOST_TEST(!json_of(unknown.exec({"--json"})).contains("survivors"));
}

BOOST_AUTO_TEST_CASE(a_command_that_ended_by_itself_tells_them_too) {
    const leaving_server exited(R"("reason":"exited","exit_code":7)", 2);
    check_failed(exited.exec(), 7, "exited: 2 processes of");
    check_failed(exited.exec({"-q"}), 7, "exited: 2 processes of");
    const auto r = exited.exec({"--json"});
    BOOST_TEST(r.exit_code == 7);
    BOOST_TEST(r.err.empty(), r.err);
    BOOST_TEST(json_of(r).at("survivors").as_int64() == 2);
    const leaving_server killed(R"("reason":"signaled","signal":"KILL")", 2);
    check_failed(killed.exec(), 137, "signaled: 2 processes of");
}

BOOST_AUTO_TEST_CASE(a_failure_of_tug_is_125) {
    check_failed(tug({"exec", "127.0.0.1:1", "--", "true"}), 125, "connect_failed");
    check_failed(tug({"exec", "-w", "nowhere", "--", "true"}), 125, "not_found");
    check_failed(tug({"exec", "--key-file", local / "none", "--", "true"}), 125, "bad_key_file");
}

BOOST_AUTO_TEST_CASE(a_usage_error_is_125) {
    check_failed(tug({"exec"}), 125, "no command");
    check_failed(tug({"exec", "--"}), 125, "no command");
    check_failed(tug({"exec", "host", "--bogus", "ls"}), 125, "--bogus");
    check_failed(tug({"exec", "--bogus", "--", "true"}), 125, "--bogus");
    check_failed(tug({"exec", "--escape", "long", "--", "true"}), 125, "--escape");
    check_failed(tug({"exec", "-e", "novalue", "--", "true"}), 125, "novalue");
    check_failed(tug({"exec", "--shell", "true", "--", "true"}), 125, "--shell");
    check_failed(tug({"exec", "--timeout", "0", "--", "true"}), 125, "--timeout");
    check_failed(tug({"exec", "host::7", "--", "true"}), 125, "host");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_run_is_126) {
    check_failed(tug({"exec", "-u", "nobody", "--", "true"}), 126, "permission_denied");
    write_file(in_root("plain"), "#!/bin/sh\n");
    check_failed(tug({"exec", "--", "./plain"}), 126, "permission_denied");
    make_executable(in_root("garbage"), "\x7f no program");
    check_failed(tug({"exec", "--", "./garbage"}), 126, "exec_failed");
}

BOOST_AUTO_TEST_CASE(a_key_without_exec_is_126) {
    const auto other = local / "putter";
    BOOST_TEST(run({"tug", "keygen", "putter", "-o", other, "--permissions", "put"}).exit_code == 0);
    tugd_process restricted({"--listen", "127.0.0.1:0", "--root", local.path().string(), "--keys", other});
    const auto r = run({"tug", "exec", restricted.address(), "--key-file", other, "--", "true"});
    check_failed(r, 126, "permission_denied");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_127) {
    check_failed(tug({"exec", "--", "no-such-program-anywhere"}), 127, "exec_not_found");
    make_executable(in_root("orphan"), "#!/no/such/interpreter\n");
    check_failed(tug({"exec", "--", "./orphan"}), 127, "exec_not_found");
}

BOOST_AUTO_TEST_CASE(arguments_arrive_unchanged) {
    const auto r = tug({"exec", "--", "printf", "<%s>", "a b", "", "--", "-x", "$HOME", "'\"", "\xc3\xa9"});
    check_output(r, "<a b><><--><-x><$HOME><'\"><\xc3\xa9>");
}

BOOST_AUTO_TEST_CASE(stdin_goes_through_binary_and_ends) {
    const auto bytes = noise(3 * 1024 * 1024 + 17);
    check_output(tug({"exec", "-i", "--", "cat"}, bytes), bytes);
    check_output(tug({"exec", "-i", "--", "wc", "-c"}, ""), "0\n");
}

BOOST_AUTO_TEST_CASE(without_i_the_command_has_no_stdin) {
    check_output(tug({"exec", "--", "cat"}, "unheard"), "");
}

BOOST_AUTO_TEST_CASE(stdin_may_be_a_file) {
    const auto bytes = noise(200'000);
    write_file(local / "input", bytes);
    const int in = ::open((local / "input").c_str(), O_RDONLY | O_CLOEXEC);
    auto p = start_tug({"exec", "-i", "--", "cat"}, {}, {.in = in});
    ::close(in);
    BOOST_TEST(p.wait() == 0);
    BOOST_TEST((p.out() == bytes));
}

BOOST_AUTO_TEST_CASE(an_open_stdin_does_not_hold_tug_up) {
    auto p = start_tug({"exec", "-i", "--", "true"});
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(output_comes_while_the_command_runs) {
    auto p = start_tug({"exec", "-i", "--", "sh", "-c", "echo ready; read answer; echo got $answer"});
    BOOST_TEST(p.read_line() == "ready");
    BOOST_TEST(p.write("this\n"));
    BOOST_TEST(p.read_line() == "got this");
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(environment_directory_and_shell) {
    std::filesystem::create_directory(in_root("dir"));
    check_output(tug({"exec", "-e", "A=1", "-e", "B=x=y,z", "--", "sh", "-c", "echo $A $B"}), "1 x=y,z\n");
    check_output(tug({"exec", "-w", "dir", "--", "sh", "-c", "basename $PWD"}), "dir\n");
    check_output(tug({"exec", "--shell", "echo $((6 * 7)) | cat"}), "42\n");
    check_output(tug({"exec", "-e", "HERE", "--", "sh", "-c", "echo $HERE"}, {}, {{"HERE", "local"}}), "local\n");
    write_file(local / "env", "# of a file\nA=1\n\nB=x y\r\nHERE\n");
    check_output(tug({"exec", "--env-file", local / "env", "-e", "A=2", "--", "sh", "-c", "echo $A $B $HERE"}, {},
                     {{"HERE", "local"}}),
                 "2 x y local\n");
    check_failed(tug({"exec", "--env-file", local / "nothing", "--", "true"}), 125, "cannot be read");
    check_output(tug({"exec", "--clear-env", "-e", "ONLY=me", "--", "/usr/bin/env"}), "ONLY=me\n");
    check_output(tug({"exec", "--", "sh", "-c", "echo ${TUG_KEY_FILE-unset}"}), "unset\n");
}

BOOST_AUTO_TEST_CASE(a_reader_that_leaves_ends_the_stream) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    ::close(ends[0]);
    auto p = start_tug({"exec", "--", "yes"}, {}, {.out = ends[1]});
    ::close(ends[1]);
    BOOST_TEST(p.wait() == 128 + SIGPIPE);
    BOOST_TEST(p.err() == "");
}

BOOST_AUTO_TEST_CASE(output_that_cannot_be_written_is_an_error) {
    const int full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    auto p = start_tug({"exec", "--", "sh", "-c", "echo text; exec sleep 600"}, {}, {.out = full});
    ::close(full);
    const int code = p.wait();
    check_failed({code, "", p.err()}, 125, "local_io");
}

BOOST_AUTO_TEST_CASE(json_is_one_object) {
    const auto r = tug({"exec", "--json", "--", "sh", "-c", "printf text; printf '\\377' >&2; exit 3"});
    BOOST_TEST(r.exit_code == 3);
    BOOST_TEST(r.err.empty());
    const auto o = json_of(r);
    BOOST_TEST(o.at("reason").as_string() == "exited");
    BOOST_TEST(o.at("exit_code").as_int64() == 3);
    BOOST_TEST(!o.contains("signal"));
    BOOST_TEST(o.at("stdout").at("text").as_string() == "text");
    BOOST_TEST(o.at("stdout").at("bytes").as_int64() == 4);
    BOOST_TEST(o.at("stdout").at("digest").as_string().starts_with("xxh3-128:"));
    BOOST_TEST(o.at("stderr").at("base64").as_string() == "/w==");
    BOOST_TEST(o.at("usage").at("max_rss_bytes").as_int64() > 0);
    BOOST_TEST(o.at("wall_us").as_int64() > 0);
}

BOOST_AUTO_TEST_CASE(json_tells_signals_and_errors) {
    const auto killed = tug({"exec", "--json", "--", "sh", "-c", "kill -KILL $$"});
    BOOST_TEST(killed.exit_code == 137);
    BOOST_TEST(json_of(killed).at("signal").as_string() == "KILL");
    const auto failed = tug({"exec", "--json", "--", "no-such-program-anywhere"});
    check_failed(failed, 127, "exec_not_found");
    BOOST_TEST(json_of(failed).at("error").at("name").as_string() == "exec_not_found");
}

BOOST_AUTO_TEST_SUITE_END()

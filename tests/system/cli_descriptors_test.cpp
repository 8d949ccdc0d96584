// The descriptors 0 to 2 as others hand them to tug: with O_NONBLOCK, which belongs to all who share them, or closed.

#include "support/build_paths.hpp"
#include "support/cli_checks.hpp"
#include "support/proc.hpp"
#include "support/tugd_process.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

using namespace tug::test;

namespace {

/// A pipe of which both ends have O_NONBLOCK, as node makes them.
class nonblocking_pipe {
public:
    nonblocking_pipe() { BOOST_REQUIRE(::pipe2(ends_.data(), O_CLOEXEC | O_NONBLOCK) == 0); }

    ~nonblocking_pipe() {
        close_in();
        ::close(ends_[0]);
    }

    nonblocking_pipe(const nonblocking_pipe&) = delete;
    nonblocking_pipe& operator=(const nonblocking_pipe&) = delete;

    [[nodiscard]] int out() const { return ends_[0]; }

    [[nodiscard]] int in() const { return ends_[1]; }

    void close_in() {
        if (ends_[1] >= 0) ::close(ends_[1]);
        ends_[1] = -1;
    }

    /// Writes until nothing more goes in. How much went.
    std::size_t fill() const {
        const std::string piece(4096, '#');
        std::size_t size = 0;
        for (ssize_t n = 0; (n = ::write(ends_[1], piece.data(), piece.size())) > 0;)
            size += static_cast<std::size_t>(n);
        return size;
    }

    /// All until its other end is closed everywhere.
    [[nodiscard]] std::string drain() const {
        ::fcntl(ends_[0], F_SETFL, 0); // the end of the test's own
        std::string text;
        std::array<char, 65536> piece{};
        for (ssize_t n = 0; (n = ::read(ends_[0], piece.data(), piece.size())) > 0;)
            text.append(piece.data(), static_cast<std::size_t>(n));
        return text;
    }

private:
    std::array<int, 2> ends_{-1, -1};
};

bool is_nonblocking(int fd) {
    return (::fcntl(fd, F_GETFL) & O_NONBLOCK) != 0;
}

const std::string big(3 * 1024 * 1024, 'x');

struct fixture : tugd_fixture {
    /// Runs tug by a shell that does that with its descriptors: "2>&-".
    run_result redirected(const std::string& redirection, std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), {"/bin/sh", "-c", "exec \"$@\" " + redirection, "sh", bin_dir() + "/tug"});
        return run(std::move(arguments), "input\n", {{"TUG_ADDRESS", daemon.address()}, {"TUG_KEY_FILE", keys}});
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(cli_descriptors, fixture)

BOOST_AUTO_TEST_CASE(a_nonblocking_stdout_takes_all) {
    write_file(in_root("file"), big);
    const std::vector<std::vector<std::string>> all{
        {"exec", "--", "cat", "file"}, {"exec", "--json", "--", "cat", "file"}, {"get", ":file", "-"}};
    for (const auto& words : all) {
        nonblocking_pipe to;
        auto p = start_tug(words, {}, {.out = to.in()});
        BOOST_TEST(is_nonblocking(to.in()));
        to.close_in();
        const auto text = to.drain();
        BOOST_TEST(p.wait() == 0, p.err());
        BOOST_TEST(std::ranges::count(text, 'x') >= static_cast<long>(big.size()));
    }
}

BOOST_AUTO_TEST_CASE(a_nonblocking_stderr_takes_all) {
    write_file(in_root("file"), big);
    nonblocking_pipe to;
    auto p = start_tug({"exec", "--", "sh", "-c", "cat file >&2"}, {}, {.err = to.in()});
    to.close_in();
    BOOST_TEST(to.drain().size() == big.size());
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(what_tug_says_itself_waits_for_room) {
    const std::vector<std::pair<std::vector<std::string>, std::string>> all{
        {{"ping", "127.0.0.1:1"}, "connect_failed"},
        {{"ping", "a", "b"}, "not expected"},
        {{"ping"}, "round trip"},
        {{"ping", "--json"}, "round_trip_us"},
        {{"--help"}, "Usage"},
        {{"keygen", "me"}, "exec,put,get"},
        {{"keygen", "me", "-v", "-o", local / "new"}, "written"}};
    for (const auto& [words, text] : all) {
        BOOST_TEST_CONTEXT(words.front() << ' ' << words.back()) {
            nonblocking_pipe to;
            const auto filled = to.fill();
            auto p = start_tug(words, {}, {.out = to.in(), .err = to.in()});
            BOOST_TEST(is_nonblocking(to.in()));
            to.close_in();
            const auto shown = to.drain().substr(filled);
            BOOST_TEST(contains(shown, text), shown);
            (void)p.wait();
        }
    }
}

BOOST_AUTO_TEST_CASE(a_nonblocking_stdin_is_waited_for) {
    const std::vector<std::vector<std::string>> all{
        {"exec", "-i", "--", "sh", "-c", "echo ready >&2; cat"}, {"put", "-", ":file"}, {"repl"}};
    for (const auto& words : all) {
        BOOST_TEST_CONTEXT(words.front()) {
            nonblocking_pipe from;
            auto p = start_tug(words, {}, {.in = from.out()});
            // Its first read finds nothing: the login of the next one is later.
            BOOST_TEST(tug({"ping"}).exit_code == 0);
            const std::string text = "exec echo hello\n";
            BOOST_REQUIRE(::write(from.in(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
            BOOST_TEST(is_nonblocking(from.out()));
            from.close_in();
            BOOST_TEST(p.wait() == 0, p.err());
            BOOST_TEST(contains(words.front() == "put" ? read_file(in_root("file")) : p.out(), "hello"));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_blocking_stream_stays_so) {
    int ends[2];
    BOOST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    auto p = start_tug({"exec", "-i", "--", "sh", "-c", "echo up; cat"}, {}, {.in = ends[0]});
    BOOST_TEST(p.read_line() == "up");
    BOOST_TEST(!is_nonblocking(ends[0]));
    ::close(ends[0]);
    ::close(ends[1]);
    BOOST_TEST(p.wait() == 0);
}

BOOST_AUTO_TEST_CASE(closed_streams_are_dev_null) {
    const std::vector<std::string> command{"exec", "-i", "--", "sh", "-c", "cat; echo out; echo err >&2"};
    const auto without_err = redirected("2>&-", command);
    BOOST_TEST(without_err.exit_code == 0);
    BOOST_TEST(without_err.out == "input\nout\n");
    const auto without_out = redirected(">&-", command);
    BOOST_TEST(without_out.exit_code == 0);
    BOOST_TEST(without_out.err == "err\n");
    const auto without_in = redirected("<&-", command);
    BOOST_TEST(without_in.exit_code == 0);
    BOOST_TEST(without_in.out == "out\n");
    BOOST_TEST(redirected("<&- >&- 2>&-", command).exit_code == 0);
    BOOST_TEST(redirected("2>&-", {"ping", "127.0.0.1:1"}).exit_code == 1); // its error goes to no socket of its own
    BOOST_TEST(redirected("<&- 2>&-", {"get", "--json", ":nowhere", local / "x"}).exit_code == 1);
    write_file(in_root("file"), big);
    BOOST_TEST(redirected("<&- >&- 2>&-", {"get", ":file", local / "got"}).exit_code == 0);
    BOOST_TEST((read_file(local / "got") == big));
}

BOOST_AUTO_TEST_CASE(a_daemon_without_its_streams_serves) {
    const auto path = local / "bare.sock";
    program bare({"/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh", bin_dir() + "/tugd", "--listen", "unix:" + path,
                  "--root", local.path().string(), "--no-auth"});
    BOOST_TEST(
        eventually([&] { return run({"tug", "--unix", path, "ping"}).exit_code == 0; })); // it says nothing itself
    const auto fds = "/proc/" + std::to_string(bare.pid()) + "/fd/";
    for (const auto* const fd : {"0", "1", "2"})
        BOOST_TEST(std::filesystem::read_symlink(fds + fd).string() == "/dev/null");
    check_output(run({"tug", "--unix", path, "exec", "--", "echo", "served"}), "served\n");
    bare.signal(SIGTERM);
    BOOST_TEST(bare.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

// The terminal of a job: what is open, what is typed at the end, and how it ends.

#include "jobs/job.hpp"
#include "jobs/terminal.hpp"

#include "../process/process_support.hpp"
#include "support/proc.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>

namespace {

namespace asio = boost::asio;
using namespace tug::service;
using namespace tug::test;
using tug::proto::exec_reason;

const tug::proto::terminal_params usual{24, 80, "xterm"};

struct fixture : processes {
    asio::io_context io{1};
    tug::net::condition changed{io.get_executor()};
    orphan_list orphans;
    std::unique_ptr<job> it;

    ~fixture() {
        it.reset();
        pool.join();
    }

    void begin(const std::string& script, const job_settings& how) {
        auto ends = open_terminal(usual, std::nullopt);
        BOOST_REQUIRE(ends.has_value());
        auto r = request({"/bin/sh", "-c", script});
        r.stdin_fd = r.stdout_fd = r.stderr_fd = ends->slave.get();
        r.controlling_terminal = true;
        auto process = spawn(r);
        BOOST_REQUIRE(process.has_value());
        started_command command{std::move(*process), {}, {}, {}, {}, std::move(*ends), true};
        it = std::make_unique<job>(io.get_executor(), changed, orphans, pool, how, std::move(command));
        it->start();
    }

    static job_settings dropping() {
        job_settings how;
        how.policy = when_full::drop_oldest;
        how.kept_bytes = 100'000;
        return how;
    }

    template <class T>
    T run(asio::awaitable<T> work) {
        auto done = asio::co_spawn(io, std::move(work), asio::use_future);
        io.restart();
        while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
        return done.get();
    }

    std::string shown() {
        auto& o = it->standard_output();
        return std::string(o.read(o.kept().kept_from(), 100'000).text());
    }

    tug::proto::exec_result finish() {
        run(it->wait_finished());
        it->close();
        run(it->join());
        auto result = it->result();
        return result;
    }
};

BOOST_FIXTURE_TEST_SUITE(terminal_test, fixture)

BOOST_AUTO_TEST_CASE(what_is_opened) {
    const auto ends = open_terminal({7, 9, "x"}, std::nullopt);
    BOOST_REQUIRE(ends.has_value());
    for (const int fd : {ends->master.get(), ends->slave.get()}) {
        BOOST_TEST((::fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        BOOST_TEST(::isatty(fd) == 1);
    }
    winsize size{};
    BOOST_TEST(::ioctl(ends->slave.get(), TIOCGWINSZ, &size) == 0);
    BOOST_TEST(size.ws_row == 7);
    BOOST_TEST(size.ws_col == 9);
    termios mode{};
    BOOST_TEST(::tcgetattr(ends->slave.get(), &mode) == 0);
    BOOST_TEST((mode.c_iflag & IUTF8) != 0U);
}

BOOST_AUTO_TEST_CASE(it_belongs_to_the_user_of_the_command) {
    if (::geteuid() != 0) return;
    const auto ends = open_terminal(usual, 65'534);
    BOOST_REQUIRE(ends.has_value());
    struct stat node{};
    BOOST_TEST(::fstat(ends->slave.get(), &node) == 0);
    BOOST_TEST(node.st_uid == 65'534U);
    BOOST_TEST((node.st_mode & 0007) == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_typed_at_the_end) {
    auto ends = open_terminal(usual, std::nullopt);
    BOOST_REQUIRE(ends.has_value());
    const int slave = ends->slave.get();
    tug::service::terminal opened(io.get_executor(), std::move(*ends));
    BOOST_TEST(opened.end_of_input(true) == "\x04");
    BOOST_TEST(opened.end_of_input(false) == "\x04\x04");
    termios mode{};
    ::tcgetattr(slave, &mode);
    mode.c_cc[VEOF] = '#';
    mode.c_lflag &= ~static_cast<tcflag_t>(ICANON);
    ::tcsetattr(slave, TCSANOW, &mode);
    BOOST_TEST(opened.end_of_input(false) == "#");
    mode.c_cc[VEOF] = _POSIX_VDISABLE;
    ::tcsetattr(slave, TCSANOW, &mode);
    BOOST_TEST(opened.end_of_input(false).empty());
    BOOST_TEST(!opened.hung_up());
    opened.command_ended();
    BOOST_TEST(opened.hung_up());
    opened.close();
    BOOST_TEST(!opened.resize(1, 1));
    BOOST_TEST(opened.end_of_input(true).empty());
}

BOOST_AUTO_TEST_CASE(it_runs_without_a_listener) {
    begin("echo words; stty size", dropping());
    run(it->wait_finished());
    BOOST_TEST(shown() == "words\r\n24 80\r\n");
    const auto result = finish();
    BOOST_TEST((result.exit_code == 0));
    BOOST_TEST(!result.standard_error.has_value());
    BOOST_TEST(result.standard_output.bytes == 14U);
    BOOST_TEST(!it->resize(1, 1));
}

/// A program draws its screen again, though the size is the same.
BOOST_AUTO_TEST_CASE(redrawn) {
    begin("trap 'echo again; exit' WINCH; echo ready; while :; do sleep 0.02; done", dropping());
    const auto ready = [this]() -> asio::awaitable<bool> {
        const bool there = co_await it->standard_output().readable(0);
        co_return there;
    };
    BOOST_TEST(run(ready()));
    BOOST_TEST(it->resize(24, 80));
    it->terminal()->redraw();
    run(it->wait_finished());
    BOOST_TEST(shown() == "ready\r\nagain\r\n");
    finish();
}

/// What a child that is kept has not written by then is not awaited; what it has written is delivered.
BOOST_AUTO_TEST_CASE(a_child_is_kept) {
    auto how = dropping();
    how.keep_children = true;
    begin("trap '' HUP; (sleep 0.5; echo child; exec sleep 2) & echo parent", how);
    run(it->wait_finished());
    BOOST_TEST(shown() == "parent\r\nchild\r\n");
    const auto group = it->standard_output().ended();
    BOOST_TEST(group);
    finish();
    it.reset();
    BOOST_TEST(eventually([] {
        reap_orphans();
        return ::waitpid(-1, nullptr, WNOHANG) == -1;
    }));
}

BOOST_AUTO_TEST_CASE(ended_by_a_hang_up) {
    auto how = dropping();
    how.grace = std::chrono::seconds(60);
    begin("trap '' TERM; echo ready; while :; do sleep 0.02; done", how);
    const auto ready = [this]() -> asio::awaitable<bool> {
        const bool there = co_await it->standard_output().readable(0);
        co_return there;
    };
    BOOST_TEST(run(ready()));
    it->end(exec_reason::cancelled);
    const auto result = finish();
    BOOST_TEST((result.reason == exec_reason::cancelled));
    BOOST_TEST(result.signal.value_or("none") == "HUP");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace

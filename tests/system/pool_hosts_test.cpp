// A pool of real hosts: some of them are dead, hang, are slow, end, or are killed again and again.

#include "support/long_link.hpp"
#include "support/sdk_run.hpp"
#include "support/temp_dir.hpp"
#include "support/tugd_process.hpp"

#include <tug/pool.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tug::test {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// A tugd whose file /name is its name.
class named_host {
public:
    named_host(const temp_dir& dir, const std::string& name) : root_(dir / name) {
        std::filesystem::create_directory(root_);
        write_file(root_ + "/name", name);
        start("127.0.0.1:0");
    }

    named_host(const named_host&) = delete;
    named_host& operator=(const named_host&) = delete;

    ~named_host() {
        if (daemon_) resume();
    }

    [[nodiscard]] const std::string& address() const noexcept { return address_; }

    [[nodiscard]] const std::string& root() const noexcept { return root_; }

    void hang() { daemon_->it().signal(SIGSTOP); }

    void resume() { daemon_->it().signal(SIGCONT); }

    void end() { daemon_->it().signal(SIGTERM); }

    void die() {
        daemon_->it().signal(SIGKILL);
        daemon_->it().wait();
        daemon_.reset();
    }

    void come_back() { start(address_); }

private:
    void start(const std::string& where) {
        daemon_ =
            std::make_unique<tugd_process>(std::vector<std::string>{"--listen", where, "--root", root_, "--no-auth"});
        address_ = daemon_->address();
    }

    std::string root_;
    std::string address_;
    std::unique_ptr<tugd_process> daemon_;
};

pool_options quick() {
    return pool_options().check_every(200ms).wait_at_most(30s);
}

/// Runs so many coroutines at once, and waits for all.
asio::awaitable<void> at_once(int lanes, std::function<asio::awaitable<void>(int)> lane) {
    const auto executor = co_await asio::this_coro::executor;
    int running = lanes;
    for (int i = 0; i < lanes; ++i)
        asio::co_spawn(executor, lane(i), [&](const std::exception_ptr& e) {
            --running;
            BOOST_TEST(!e, failure_of(e).message);
        });
    while (running > 0) co_await asio::post(asio::use_awaitable);
}

std::ptrdiff_t lines_in(const std::string& file) {
    return std::filesystem::exists(file) ? std::ranges::count(read_file(file), '\n') : 0;
}

} // namespace

BOOST_AUTO_TEST_SUITE(pool_hosts_test)

BOOST_AUTO_TEST_CASE(good_hosts_answer_for_those_that_are_not) {
    const temp_dir dir;
    named_host good(dir, "good");
    named_host other(dir, "other");
    named_host hung(dir, "hung");
    named_host slow(dir, "slow");
    named_host dead(dir, "dead");
    const long_link far(slow.address(), 300ms);
    hung.hang();
    dead.die();
    std::map<std::string, int> got;
    asio::io_context io(1);
    run_on(io, [&]() -> asio::awaitable<void> {
        pool hosts(io.get_executor(), {dead.address(), hung.address(), far.address(), good.address(), other.address()},
                   quick().connect(connect_options().deadline(2s)));
        const auto both = [&] { return got["good"] > 0 && got["other"] > 0; };
        const auto look = [&](int) -> asio::awaitable<void> {
            for (int i = 0; i < 25 || (i < 2'000 && !both()); ++i) { // a connection may take its time to begin
                const auto name = co_await hosts.get_bytes("/name");
                ++got[name];
                const auto ran = co_await hosts.exec(command("cat", "name"));
                ++got[ran.out];
            }
        };
        co_await at_once(8, look);
        BOOST_TEST(got["good"] + got["other"] >= 390); // of 400; the far one may have had some until it was known
        BOOST_TEST(got["good"] > 0);
        BOOST_TEST(got["other"] > 0);
        BOOST_TEST(got["hung"] == 0);

        // One that hangs in the middle of its calls: they are made again elsewhere, and it is used again afterwards.
        other.hang();
        got.clear();
        const auto get_again = [&](int) -> asio::awaitable<void> {
            for (int i = 0; i < 10; ++i) {
                const auto name = co_await hosts.get_bytes("/name");
                ++got[name];
            }
        };
        co_await at_once(8, get_again);
        BOOST_TEST(got["good"] >= 70);
        other.resume();
        std::string name;
        while (name != "other") name = co_await hosts.get_bytes("/name");
    });
    hung.resume();
}

BOOST_AUTO_TEST_CASE(what_is_not_idempotent_runs_once_while_hosts_are_killed) {
    const temp_dir dir;
    std::vector<std::unique_ptr<named_host>> all;
    for (const auto* const name : {"a", "b", "c"}) all.push_back(std::make_unique<named_host>(dir, name));
    std::vector<std::string> addresses;
    for (const auto& one : all) addresses.push_back(one->address());
    std::map<std::string, errc> ends;
    asio::io_context io(1);
    run_on(io, [&]() -> asio::awaitable<void> {
        pool hosts(io.get_executor(), addresses, quick());
        int done = 0;
        const auto run_some = [&](int lane) -> asio::awaitable<void> {
            for (int i = 0; i < 20; ++i) {
                const auto id = "run" + std::to_string(lane) + "." + std::to_string(i);
                ends[id] = co_await error_of(hosts.exec(command::shell("echo x >>" + id)));
                const auto name = co_await hosts.get_bytes("/name"); // this one never fails
                BOOST_TEST(name.size() == 1U);
                if (++done % 6 != 0) continue;
                auto& victim = *all[static_cast<std::size_t>(done / 6) % all.size()];
                victim.die(); // with the calls of other lanes
                victim.come_back();
            }
        };
        co_await at_once(5, run_some);
    });
    int lost = 0;
    for (const auto& [id, code] : ends) {
        std::ptrdiff_t runs = 0;
        for (const auto& one : all) runs += lines_in(one->root() + "/" + id);
        BOOST_TEST(runs <= 1, id << " ran " << runs << " times");
        if (code == errc::success) BOOST_TEST(runs == 1, id << " ran " << runs << " times");
        lost += code == errc::success ? 0 : 1;
    }
    BOOST_TEST(ends.size() == 100U);
    BOOST_TEST(lost < 50); // those of the host that was killed alone
    BOOST_TEST_MESSAGE(lost << " of 100 were lost with their host");
}

BOOST_AUTO_TEST_CASE(a_host_that_ends_keeps_what_it_has_and_gets_no_more) {
    const temp_dir dir;
    named_host a(dir, "a");
    named_host b(dir, "b");
    for (const auto* const one : {&a, &b}) BOOST_REQUIRE(::mkfifo((one->root() + "/fifo").c_str(), 0600) == 0);
    asio::io_context io(1);
    run_on(io, [&]() -> asio::awaitable<void> {
        pool hosts(io.get_executor(), {a.address(), b.address()}, quick().keep_open(2));
        std::string where;
        {
            const auto held = co_await hosts.lease();
            where = co_await held->get_bytes("/name");
            auto running = co_await held->start(command::shell("echo begun; cat fifo"));
            const auto begun = co_await running.read();
            BOOST_TEST(begun.text() == "begun\n");
            (where == "a" ? a : b).end();
            for (bool ending = false; !ending;) {
                const auto said = co_await held->info();
                ending = said.draining;
            }
            int refused = 0;
            for (int i = 0; i < 20; ++i) {
                const auto name = co_await hosts.get_bytes("/name");
                BOOST_TEST(name != where);
                std::string ran;
                const auto run_one = [&]() -> asio::awaitable<void> {
                    auto r = co_await hosts.exec(command("cat", "name"));
                    ran = std::move(r.out);
                };
                const auto code = co_await error_of(run_one());
                refused += code == errc::shutting_down ? 1 : 0;
                BOOST_TEST((code == errc::success ? ran != where : code == errc::shutting_down));
            }
            BOOST_TEST(refused <= 1); // then it is known
            write_file((where == "a" ? a : b).root() + "/fifo", "");
            const auto result = co_await running.wait();
            BOOST_TEST(result.exit_code.value_or(-1) == 0);
        }
    });
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace tug::test

// client::jobs() and run_once() against a real tugd: its holders are processes of their own.

#include "support/sdk_run.hpp"
#include "support/tugd_under_test.hpp"

#include <tug/jobs.hpp>

#include <boost/asio/use_awaitable.hpp>
#include <boost/test/unit_test.hpp>

#include <string>
#include <utility>
#include <vector>

using namespace tug;
using namespace tug::test;
namespace asio = boost::asio;

namespace {

struct host {
    temp_dir state;
    tugd_under_test tugd{{"--state-dir", state / "s"}};

    [[nodiscard]] asio::awaitable<client> connect() const {
        auto to = address::parse(tugd.address());
        co_return co_await client::connect(std::move(to.value()));
    }
};

job_options named(const std::string& name) {
    job_options out;
    out.name = name;
    return out;
}

asio::awaitable<std::string> all_of(job_attachment& from) {
    std::string out;
    for (;;) {
        const auto piece = co_await from.read_out();
        if (piece.empty()) co_return out;
        out += piece.text();
    }
}

} // namespace

BOOST_FIXTURE_TEST_SUITE(sdk_jobs, host)

BOOST_AUTO_TEST_CASE(started_followed_and_forgotten) {
    run([&]() -> asio::awaitable<void> {
        auto client = co_await connect();
        auto what = command::shell("echo out; echo err >&2; exit 3");
        const auto job = co_await client.jobs().start(what, named("one"));
        BOOST_TEST(job.name == "one");
        BOOST_TEST(job.is_new);
        BOOST_TEST(job.pid > 0);
        const auto again = co_await client.jobs().start(what, named("one"));
        BOOST_TEST(!again.is_new);
        const auto other = co_await error_of(client.jobs().start(command("true"), named("one")));
        BOOST_TEST(other == errc::already_exists);
        auto seen = co_await client.jobs().attach("one");
        BOOST_TEST(co_await all_of(seen) == "out\n");
        const auto err = co_await seen.read_err();
        BOOST_TEST(err.text() == "err\n");
        const auto last = co_await seen.read_err();
        BOOST_TEST(last.empty());
        BOOST_TEST(seen.position(output_stream::out) == 4U);
        const auto result = co_await seen.wait();
        BOOST_TEST(*result.exit_code == 3);
        const auto waited = co_await client.jobs().wait("one");
        BOOST_TEST(waited.out_summary.bytes == 4U);
        const auto info = co_await client.jobs().status("one");
        BOOST_TEST(name_of(info.state) == "ended");
        auto all = co_await client.jobs().list();
        const auto listed = co_await all.next();
        BOOST_TEST(listed->name == "one");
        const auto no_more = co_await all.next();
        BOOST_TEST(!no_more);
        co_await client.jobs().remove("one");
        const auto gone = co_await error_of(client.jobs().status("one"));
        BOOST_TEST(gone == errc::not_found);
    });
}

/// What was sent on a connection that is gone may be sent again.
BOOST_AUTO_TEST_CASE(attached_again_at_the_very_byte) {
    run([&]() -> asio::awaitable<void> {
        {
            auto first = co_await connect();
            auto cat = command("cat").with_stdin();
            co_await first.jobs().start(cat, named("cat"));
            attach_options how;
            how.with_stdin = true;
            auto seen = co_await first.jobs().attach("cat", how);
            const auto begin = co_await seen.input_position();
            BOOST_TEST(begin == 0U);
            const bool taken = co_await seen.write(std::string("abc"));
            BOOST_TEST(taken);
            std::string out;
            while (out.size() < 3) {
                const auto piece = co_await seen.read_out();
                out += piece.text();
            }
            BOOST_TEST(out == "abc");
        }
        auto second = co_await connect();
        attach_options how;
        how.out = job_position(1);
        how.input_position = 1;
        how.take_over = true;
        auto seen = co_await second.jobs().attach("cat", how);
        const auto begin = co_await seen.input_position();
        BOOST_TEST(begin == 3U); // of which it sends two again
        const bool taken = co_await seen.write(std::string("bcdef"));
        BOOST_TEST(taken);
        seen.close_stdin();
        BOOST_TEST(co_await all_of(seen) == "bcdef");
        const auto result = co_await seen.wait();
        BOOST_TEST(result.ok());
        how.out = job_position(0);
        auto over = co_await second.jobs().attach("cat", how);
        const auto no_more = co_await error_of(over.input_position());
        BOOST_TEST(no_more == errc::cancelled);
        how.out = job_position(100);
        auto beyond = co_await second.jobs().attach("cat", how);
        const auto why = co_await error_of(beyond.read());
        BOOST_TEST(why == errc::range_invalid);
    });
}

BOOST_AUTO_TEST_CASE(signalled_cancelled_and_detached) {
    run([&]() -> asio::awaitable<void> {
        auto client = co_await connect();
        auto sleep = command("sleep", "600");
        co_await client.jobs().start(sleep, named("a"));
        co_await client.jobs().start(sleep, named("b"));
        const auto busy = co_await error_of(client.jobs().remove("a"));
        BOOST_TEST(busy == errc::busy);
        auto seen = co_await client.jobs().attach("a");
        seen.detach();
        const auto left = co_await error_of(seen.wait());
        BOOST_TEST(left == errc::cancelled);
        co_await client.jobs().signal("a", "KILL");
        const auto killed = co_await client.jobs().wait("a");
        BOOST_TEST(*killed.signal == "KILL");
        co_await client.jobs().cancel("b");
        const auto info = co_await client.jobs().status("b");
        BOOST_TEST(name_of(info.result->reason) == "cancelled");
        const auto no_terminal = co_await error_of(client.jobs().resize("b", 10, 10));
        BOOST_TEST(no_terminal == errc::not_found); // it has ended
    });
}

BOOST_AUTO_TEST_CASE(run_once_from_two_clients) {
    run([&]() -> asio::awaitable<void> {
        const auto marker = tugd.in_root("ran");
        auto what = command::shell("cat >> " + marker + "; echo done");
        what.input("x\n");
        std::string out;
        for (int n = 0; n < 2; ++n) {
            auto client = co_await connect();
            const auto result = co_await client.run_once("once", what);
            out += result.out;
        }
        BOOST_TEST(out == "done\ndone\n");
        BOOST_TEST(read_file(marker) == "x\n");
    });
}

BOOST_AUTO_TEST_SUITE_END()
